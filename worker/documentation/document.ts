/** The OpenAPI 3.1 document, made from the declared routes: what follows from a definition is never written twice. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { z } from 'zod';
import { Problem } from '#protocol/http/problem.ts';
import type { AccessLevel } from '../http/access.ts';
import type { Route } from '../http/route.ts';
import { VERSION } from '../version.ts';

export type OpenApiDocument = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

const isMember = (access: AccessLevel): boolean => access !== 'public' && access !== 'agent';

const securityOf = (access: AccessLevel): Record<string, string[]>[] => {
  if (access === 'public') return [];
  if (access === 'agent') return [{ host_key: [] }];
  return [{ bearer: [] }, { cookie: [] }];
};

const refusalTexts: Readonly<Record<number, string>> = {
  400: 'Malformed',
  401: 'Not signed in',
  403: 'The role is too low',
  404: "Not there, or another team's",
  409: 'In conflict with the state of things',
  411: 'The length must be known',
  413: 'Too large',
  415: 'Not a media type that this takes',
  416: 'The range is beyond the end',
  422: 'Well-formed but impossible',
  429: 'Too many requests; `Retry-After` says when to come back',
  503: 'It does not answer now',
};

/** Most answers are refusals of one shape: written once. */
const problemReference = { $ref: '#/components/schemas/Problem' };

const refusalsOf = (route: Route): number[] => {
  const codes = new Set(route.refusals);
  if (route.access !== 'public') codes.add(401);
  if (isMember(route.access)) codes.add(403);
  if (route.params !== undefined) codes.add(404);
  if (route.query !== undefined || route.body !== undefined) codes.add(400);
  if (route.body !== undefined) for (const code of [413, 415]) codes.add(code);
  if (route.creates) for (const code of [409, 422]) codes.add(code);
  return [...codes].sort((left, right) => left - right);
};

const answerOf = ({ answer }: Route) => {
  const { description, schema, contentType } = answer;
  if (schema !== undefined) return { description, content: { 'application/json': { schema } } };
  if (contentType !== undefined)
    return { description, content: { [contentType]: { schema: { type: 'string' as const } } } };
  return { description };
};

const problemAnswer = (status: number) => ({
  description: refusalTexts[status] ?? 'Refused',
  content: { 'application/problem+json': { schema: problemReference } },
});

const responsesOf = (route: Route) => ({
  [String(route.answer.status)]: answerOf(route),
  ...Object.fromEntries(refusalsOf(route).map((status) => [String(status), problemAnswer(status)])),
});

const binary = { schema: { type: 'string' as const, format: 'binary' } };

const bodyOf = (body: z.ZodType | undefined, raw: Route['rawBody']) => {
  if (body !== undefined) return { required: true, content: { 'application/json': { schema: body } } };
  if (raw === undefined) return undefined;
  const content = Object.fromEntries(raw.contentTypes.map((type) => [type, binary]));
  return { description: raw.description, required: true, content };
};

const idempotencyHeader = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  required: false,
  description:
    'The same key and body within a day answers with the first result. A call that was refused leaves the key free.',
  schema: { type: 'string' as const, maxLength: 200 },
};

const isObject = (schema: z.ZodType): schema is z.ZodObject => 'shape' in schema;

const operationId = (route: Route): string =>
  `${route.method}_${route.path}`.replaceAll(/[^a-z0-9]+/gi, '_').replace(/_$/, '');

const objectOrNone = (schema: z.ZodType | undefined): z.ZodObject | undefined =>
  schema !== undefined && isObject(schema) ? schema : undefined;

const register = (api: OpenAPIHono, route: Route): void => {
  const params = objectOrNone(route.params);
  const query = objectOrNone(route.query);
  const body = bodyOf(route.body, route.rawBody);
  api.openAPIRegistry.registerPath({
    method: route.method,
    path: `/api${route.path.replace('...}', '}')}`,
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: isMember(route.access) ? `Needs the role ${route.access} or a higher one.` : '',
    security: securityOf(route.access),
    ...(route.creates ? { parameters: [idempotencyHeader] } : {}),
    request: {
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
    },
    responses: responsesOf(route),
  });
};

const registerSecurity = (api: OpenAPIHono): void => {
  const add = (name: string, scheme: Parameters<OpenAPIHono['openAPIRegistry']['registerComponent']>[2]) =>
    api.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  add('bearer', { type: 'http', scheme: 'bearer', description: 'A session or API token' });
  add('cookie', { type: 'apiKey', in: 'cookie', name: 'deployx_session' });
  add('host_key', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Proof of a host key' });
};

/** The generator writes a pattern with its flags, which JSON Schema does not know: it always reads Unicode. */
const withoutFlags = (document: OpenApiDocument): OpenApiDocument =>
  JSON.parse(JSON.stringify(document), (key, value: unknown) =>
    key === 'pattern' && typeof value === 'string' ? value.replace(/\$\/[a-z]+$/, '$') : value,
  );

export const describeApi = (routes: readonly Route[]): OpenApiDocument => {
  const api = new OpenAPIHono();
  api.openAPIRegistry.register('Problem', Problem);
  registerSecurity(api);
  for (const route of routes) register(api, route);
  const info = { title: 'DeployX', version: VERSION };
  return withoutFlags(api.getOpenAPI31Document({ openapi: '3.1.0', info, servers: [{ url: '/' }] }));
};

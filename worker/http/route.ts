/**
 * The one way to declare a route. A definition names who may call it (`access`, without which it does not compile), what it
 * takes and what it answers; from that come the checks before the handler, the errors, and its entry in the OpenAPI document.
 *
 *   export const getGroup = route(
 *     { method: 'get', path: '/groups/{group_id}', tag: 'groups', summary: 'One group', access: atLeast('viewer'),
 *       params: z.object({ group_id: GroupId }), answer: { status: 200, description: 'The group', schema: Group } },
 *     async ({ db, team_id, params }) => (await findGroup(db, team_id, params.group_id)) ?? notFound('groups'),
 *   );
 *
 * A feature exports a list of its routes; `worker/routes.ts` joins the lists. Order of checks: access, path (404), query (400),
 * body (413, 415, 400), idempotency key, handler. A handler returns the value of its answer, a `Refusal`, or a whole `Response`.
 */
import type { z } from 'zod';
import { fieldIssues } from '#protocol/issues.ts';
import type { RequestContext } from '../context.ts';
import type { Access, AccessLevel } from './access.ts';
import { assertAnswers } from './assert-answers.ts';
import { readJson } from './body.ts';
import { idempotently } from './idempotency.ts';
import { invalid, notFound, Refusal } from './problem.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type None = z.ZodUndefined;

export type RawBody = { contentTypes: readonly string[]; description: string };

/** `schema` for JSON; `contentType` for anything else, where the handler returns a Response; neither for an empty answer. */
export type Answer<Schema extends z.ZodType> = {
  status: 101 | 200 | 201 | 202 | 204 | 302;
  description: string;
  schema?: Schema;
  contentType?: string;
};

export type Definition<
  Context extends RequestContext,
  Params extends z.ZodType = None,
  Query extends z.ZodType = None,
  Body extends z.ZodType = None,
  Result extends z.ZodType = None,
> = {
  method: Method;
  /** Below `/api`, with `{name}` for parameters, and `{name...}` at the end for one that may hold slashes. */
  path: string;
  /** The feature: groups the document, and prefixes error codes. */
  tag: string;
  summary: string;
  access: Access<Context>;
  params?: Params;
  query?: Query;
  /** A JSON body. Read, bounded and parsed before the handler runs. */
  body?: Body;
  /** A body that the handler reads itself from `http.req.raw`. */
  rawBody?: RawBody;
  answer: Answer<Result>;
  /** It makes something: the `Idempotency-Key` header is honored. */
  creates?: true;
  /** Status codes of refusals besides those that follow from the definition. */
  refusals?: readonly number[];
};

export type Input<Params, Query, Body> = { params: Params; query: Query; body: Body };

export type Handler<Context, Params, Query, Body, Result> = (
  context: Context & Input<Params, Query, Body>,
) => Promise<Result | Refusal | Response>;

/** A declared route, its types closed over. */
export type Route = {
  method: Method;
  path: string;
  tag: string;
  summary: string;
  access: AccessLevel;
  params: z.ZodType | undefined;
  query: z.ZodType | undefined;
  body: z.ZodType | undefined;
  rawBody: RawBody | undefined;
  answer: Answer<z.ZodType>;
  creates: boolean;
  refusals: readonly number[];
  handle: (context: RequestContext) => Promise<Response>;
};

type Parsed<T> = { value: T; text: string } | Refusal;

/** An empty query parameter (`?status=`) counts as one that is not there. */
const queryOf = (context: RequestContext): Record<string, string> =>
  Object.fromEntries(Object.entries(context.http.req.query()).filter(([, value]) => value !== ''));

/** Without a schema the value is `undefined`, which is what the schema that stands for none puts out. */
function check<Schema extends z.ZodType>(schema: Schema | undefined, value: unknown): z.output<Schema> | Refusal;
function check(schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  return result.success ? result.data : invalid(fieldIssues(result.error));
}

const checkBody = async <Schema extends z.ZodType>(
  schema: Schema | undefined,
  request: Request,
): Promise<Parsed<z.output<Schema>>> => {
  const json = schema === undefined ? { value: undefined, text: '' } : await readJson(request);
  if (json instanceof Refusal) return json;
  const value = check(schema, json.value);
  return value instanceof Refusal ? value : { value, text: json.text };
};

const respond = (context: RequestContext, answer: Answer<z.ZodType>, result: unknown): Response => {
  if (result instanceof Refusal) return result.toResponse();
  if (result instanceof Response) return result;
  if (answer.schema === undefined) return new Response(null, { status: answer.status });
  if (context.dependencies.checkAnswers) assertAnswers(answer.schema, result);
  return Response.json(result, { status: answer.status });
};

export const route = <
  Context extends RequestContext,
  Params extends z.ZodType = None,
  Query extends z.ZodType = None,
  Body extends z.ZodType = None,
  Result extends z.ZodType = None,
>(
  definition: Definition<Context, Params, Query, Body, Result>,
  handler: Handler<Context, z.output<Params>, z.output<Query>, z.output<Body>, z.input<Result>>,
): Route => {
  const { access, answer, creates = false, refusals = [] } = definition;
  const handle = async (base: RequestContext): Promise<Response> => {
    const context = await access.admit(base);
    if (context instanceof Refusal) return context.toResponse();
    const params = check(definition.params, base.http.req.param());
    if (params instanceof Refusal) return notFound(definition.tag).toResponse();
    const query = check(definition.query, queryOf(base));
    if (query instanceof Refusal) return query.toResponse();
    const body = await checkBody(definition.body, base.http.req.raw);
    if (body instanceof Refusal) return body.toResponse();
    const run = async () => respond(base, answer, await handler({ ...context, params, query, body: body.value }));
    return creates ? idempotently(context, body.text, run) : run();
  };
  return {
    method: definition.method,
    path: definition.path,
    tag: definition.tag,
    summary: definition.summary,
    access: access.level,
    params: definition.params,
    query: definition.query,
    body: definition.body,
    rawBody: definition.rawBody,
    answer,
    creates,
    refusals,
    handle,
  };
};

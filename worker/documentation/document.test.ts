import { SELF } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { api } from '../api.ts';
import { createApp } from '../app.ts';
import { dependencies } from '../dependencies.ts';
import { allRoutes } from '../routes.ts';

const Operation = z.looseObject({
  summary: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  responses: z.record(z.string(), z.unknown()),
});
const Document = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), Operation)) });

const read = async () => Document.parse(await (await SELF.fetch('https://deployx.test/api/openapi.json')).json());

const served = (app: typeof api): string[] =>
  app.routes
    .map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)\{\.\+\}/g, '{$1...}').replaceAll(/:(\w+)/g, '{$1}')}`,
    )
    .sort();

const declared = allRoutes.map(({ method, path }) => `${method.toUpperCase()} /api${path}`).sort();

test('every path that the app serves was declared as a route, each once', () => {
  expect(served(api)).toEqual(declared);
  expect(new Set(declared).size).toBe(declared.length);
});

test('a path that is registered past the declarations shows as one', () => {
  const app = createApp(dependencies, allRoutes);
  app.get('/api/backdoor', () => new Response('hello'));
  expect(served(app)).not.toEqual(declared);
});

test('the document describes every route, with its security and its refusals', async () => {
  const { openapi, paths } = await read();
  expect(openapi).toBe('3.1.0');
  for (const route of allRoutes) {
    // The document has no way to say that a parameter may hold slashes.
    const operation = paths[`/api${route.path.replace('...}', '}')}`]?.[route.method];
    expect(operation, `${route.method} ${route.path}`).toBeDefined();
    const statuses = Object.keys(operation?.responses ?? {});
    expect(statuses).toContain(String(route.answer.status));
    if (route.access === 'public') expect(operation?.security).toEqual([]);
    else expect(operation?.security.length).toBeGreaterThan(0);
    if (route.access !== 'public') expect(statuses).toContain('401');
    if (route.access !== 'public' && route.access !== 'agent') expect(statuses).toContain('403');
    if (route.params !== undefined) expect(statuses).toContain('404');
    if (route.body !== undefined) expect(statuses).toEqual(expect.arrayContaining(['400', '413', '415']));
  }
});

test('every reference in the document leads somewhere', async () => {
  const response = await SELF.fetch('https://deployx.test/api/openapi.json');
  const document: unknown = await response.json();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target ?? '');
  const find = (path: string) =>
    path
      .replace('#/', '')
      .split('/')
      .reduce<unknown>((value, key) => z.record(z.string(), z.unknown()).parse(value)[key], document);
  for (const reference of references) expect(find(reference), reference).toBeDefined();
});

test('the page that shows the document loads nothing from elsewhere', async () => {
  const response = await SELF.fetch('https://deployx.test/api/docs');
  expect(response.headers.get('content-type')).toContain('text/html');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await response.text()).not.toMatch(/(?:src|href)="https?:/);
});

test('every pattern in the document is one that a reader can compile, and takes what the API takes', async () => {
  const text = await (await SELF.fetch('https://deployx.test/api/openapi.json')).text();
  const patterns: string[] = [];
  JSON.parse(text, (key, value) => {
    if (key === 'pattern') patterns.push(value);
    return value;
  });
  expect(patterns.length).toBeGreaterThan(10);
  for (const pattern of patterns) {
    expect(pattern).not.toMatch(/\/[a-z]+$/);
    expect(() => new RegExp(pattern, 'u')).not.toThrow();
  }
});

import { expect, test } from 'vitest';
import { createTestApi } from '../testing/test-api.ts';
import { serverOrigin } from './install-scripts.ts';

const api = createTestApi();

test('the bundle is where the static files are', async () => {
  const response = await api.request('GET', '/api/agent/bundle');
  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toBe('/agent/deployx-agent.mjs');
});

test.each([
  ['install.sh', '#!/bin/sh', "server='https://deployx.test'"],
  ['install.ps1', '# Installs', "$server = 'https://deployx.test'"],
])('%s is text that knows its server and no secret', async (name, start, server) => {
  const response = await api.request('GET', `/api/agent/${name}`);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  const text = await response.text();
  expect(text.startsWith(start)).toBe(true);
  expect(text).toContain(server);
});

test.each([
  ['https://deployx.example.com/api/x', 'https://deployx.example.com'],
  ['http://127.0.0.1:8787/', 'http://127.0.0.1:8787'],
  ['http://[::1]:8787/', 'http://[::1]:8787'],
  ["http://a'$(reboot)'/", null],
  ['http://a_b$c/', null],
  ['http://a`b/', null],
])('%s stands in a script as %s', (url, origin) => {
  expect(serverOrigin(url)).toBe(origin);
});

import { SELF } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { Health } from '#protocol/http/stats.ts';

test('health answers without a sign-in, through the entry that is deployed', async () => {
  const response = await SELF.fetch('https://deployx.test/api/health');
  expect(response.status).toBe(200);
  expect(Health.parse(await response.json()).status).toBe('ok');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('cache-control')).toBe('no-store');
});

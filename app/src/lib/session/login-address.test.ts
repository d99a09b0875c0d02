import { expect, test } from 'vitest';
import { loginAddress, safeNext } from './login-address.ts';

test('the page that asked for a session is where signing in leads back to', () => {
  const address = new URL(loginAddress('/hosts?q=a b'), 'http://x');
  expect(safeNext(address.searchParams.get('next'))).toBe('/hosts?q=a b');
  expect(loginAddress('/')).toBe('/login');
});

test.each([
  null,
  '',
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  '/login?next=/login',
])('signing in does not lead to %j', (next) => {
  expect(safeNext(next)).toBe('/');
});

import { expect, test } from 'vitest';
import { localUrl, parseOptions } from './options.ts';

const at = (env: Record<string, string> = {}) => ({ env, cwd: '/home/me', root: '/srv/deployx' });

function options(argv: string[], env: Record<string, string> = {}) {
  const parsed = parseOptions(argv, at(env));
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.options;
}

test('without options everything lies in the project and only this machine can connect', () => {
  expect(options([])).toEqual({
    host: '127.0.0.1',
    port: 8787,
    dataDir: '/srv/deployx/.deployx',
    runAgent: true,
    admin: {},
  });
});

test('the command line wins over the environment', () => {
  const env = { DEPLOYX_PORT: '1000', DEPLOYX_DATA: '/env' };
  expect(options([], env)).toMatchObject({ port: 1000, dataDir: '/env' });
  expect(options(['--port', '2000', '--data', '/cli'], env)).toMatchObject({ port: 2000, dataDir: '/cli' });
});

test('a relative data folder is meant from where the user is', () => {
  expect(options(['--data', 'state']).dataDir).toBe('/home/me/state');
});

test('the admin of the first start comes from the environment', () => {
  const env = { DEPLOYX_ADMIN_USERNAME: 'root', DEPLOYX_ADMIN_PASSWORD: 'secret' };
  expect(options(['--no-agent'], env)).toMatchObject({
    runAgent: false,
    admin: { username: 'root', password: 'secret' },
  });
});

test.each(['70000', '-1', 'http', '', '80.5'])('port %j is refused', (port) => {
  expect(parseOptions([`--port=${port}`], at())).toEqual({
    ok: false,
    message: 'the port must be a number from 0 to 65535',
  });
});

test('an unknown option is refused by its name', () => {
  const parsed = parseOptions(['--prot', '1'], at());
  expect(parsed).toMatchObject({ ok: false, message: expect.stringContaining('--prot') });
});

test('the local address of a server that listens everywhere is the loopback', () => {
  expect(localUrl('0.0.0.0', 80)).toBe('http://127.0.0.1:80');
  expect(localUrl('::', 80)).toBe('http://127.0.0.1:80');
  expect(localUrl('::1', 80)).toBe('http://[::1]:80');
  expect(localUrl('deployx.lan', 80)).toBe('http://deployx.lan:80');
});

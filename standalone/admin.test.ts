import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AdminSeam, ensureFirstAdmin } from './admin.ts';

/** Accounts as the API keeps them: the first one is made, later calls change nothing. */
function system(given: AdminSeam['given'] = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'deployx-admin-'));
  const accounts: { username: string; password: string }[] = [];
  let crash = false;
  const ensureAdmin: AdminSeam['ensureAdmin'] = async (input) => {
    if (crash) throw new Error('killed');
    if (accounts.length > 0) return { created: false };
    accounts.push(input);
    return { created: true };
  };
  const start = (env = given) => ensureFirstAdmin({ dataDir, given: env, ensureAdmin, newPassword: () => 'made-up' });
  const file = join(dataDir, 'admin.json');
  return { accounts, start, file, crashNext: (value: boolean) => (crash = value) };
}

test('without an environment a password is made and kept for its owner only', async () => {
  const { start, accounts, file } = system();
  expect(await start()).toMatchObject({ username: 'admin', password: 'made-up', created: true, passwordFile: file });
  expect(accounts).toEqual([{ username: 'admin', password: 'made-up' }]);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ username: 'admin', password: 'made-up' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a password from the environment is used and never written down', async () => {
  const { start, accounts, file } = system({ username: 'root', password: 'from-env' });
  expect(await start()).toMatchObject({ username: 'root', created: true, passwordFile: undefined });
  expect(accounts).toEqual([{ username: 'root', password: 'from-env' }]);
  expect(readFileSync(file, 'utf8')).not.toContain('from-env');
});

test('a second start makes no second account, with or without the environment', async () => {
  const { start, accounts } = system({ username: 'root', password: 'from-env' });
  await start();
  expect(await start({})).toMatchObject({ username: 'root', created: false });
  expect(await start()).toMatchObject({ username: 'root', created: false });
  expect(accounts).toHaveLength(1);
});

test('a crash before the account exists is made good by the next start, with the password that is written down', async () => {
  const { start, accounts, file, crashNext } = system();
  crashNext(true);
  await expect(start()).rejects.toThrow('killed');
  crashNext(false);
  await start();
  expect(accounts).toEqual([JSON.parse(readFileSync(file, 'utf8'))]);
});

test('a password that opens no account is not left lying about', async () => {
  const { start, accounts, file } = system();
  accounts.push({ username: 'earlier', password: 'unknown' });
  expect(await start()).toMatchObject({ username: undefined, created: false });
  expect(() => statSync(file)).toThrow();
});

import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { verifyPassword } from '#worker/auth/password.ts';
import { prepareFirstAdmin } from './deploy-admin.ts';
import { withDatabaseId, withSiteFolder } from './deploy-files.ts';
import { hasSecretsKey, withNewSecretsKey } from './deploy-secrets.ts';
import { fromRoot } from './paths.ts';
import { findWarnings } from './wrangler.ts';

test("the deployed configuration has the account's database and nothing else changed", () => {
  const toml = readFileSync(fromRoot('wrangler.toml'), 'utf8');
  const derived = withDatabaseId(toml, 'abc');
  expect(derived).toContain('database_id = "abc"');
  expect(derived.replace('"abc"', '"00000000-0000-0000-0000-000000000000"')).toBe(toml);
  expect(() => withDatabaseId('name = "x"', 'abc')).toThrow('no place for the database id');
});

test('the pages configuration names the laid-out folder', () => {
  const toml = readFileSync(fromRoot('app/wrangler.toml'), 'utf8');
  expect(withSiteFolder(toml)).toContain('pages_build_output_dir = "site"');
  expect(() => withSiteFolder('name = "x"')).toThrow('pages_build_output_dir');
});

test('a warning of wrangler is found, its remark about Node modules is passed over', () => {
  const warning = '▲ [WARNING] Processing wrangler.toml configuration:';
  const remark = '▲ [WARNING] The package "node:async_hooks" wasn\'t found on the file system but is built into node.';
  expect(findWarnings(`${remark}\n${warning}\nTotal Upload: 1 KiB`)).toEqual([warning]);
});

test('the first admin can sign in with the password that is shown', async () => {
  const env = { DEPLOYX_ADMIN_USERNAME: 'Olga', DEPLOYX_ADMIN_PASSWORD: 'correct horse' };
  const admin = await prepareFirstAdmin(env, new Date(0));
  const hash = /'(scrypt\$[^']+)'/.exec(admin.sql)?.[1] ?? null;
  expect(await verifyPassword('correct horse', hash)).toBe(true);
  expect(admin.sql).toContain("'olga'");
  expect(admin.sql).not.toContain('correct horse');
});

test('a name or a password that could not be used to sign in is refused before anything is deployed', async () => {
  await expect(prepareFirstAdmin({ DEPLOYX_ADMIN_USERNAME: "O'Neil" }, new Date(0))).rejects.toThrow('letters, digits');
  await expect(prepareFirstAdmin({ DEPLOYX_ADMIN_PASSWORD: 'short' }, new Date(0))).rejects.toThrow('10 characters');
});

test('a key for secrets is made where there is none, and never where that is not known', () => {
  const said = (ok: boolean, text: string) => ({ ok, stdout: text, output: text });
  expect(hasSecretsKey(said(true, '[{"name":"DEPLOYX_SECRETS_KEY","type":"secret_text"}]'))).toBe(true);
  expect(hasSecretsKey(said(true, '[]'))).toBe(false);
  expect(hasSecretsKey(said(false, '✘ [ERROR] Worker "deployx-api" not found.'))).toBe(false);
  expect(() => hasSecretsKey(said(false, 'fetch failed'))).toThrow('fetch failed');
});

test('a new key is random, for the eyes of its owner, and does not stay on the disk', () => {
  mkdirSync(fromRoot('.cache/deploy'), { recursive: true });
  const made = (): { text: string; file: string } =>
    withNewSecretsKey(([option, file = '']) => {
      expect(option).toBe('--secrets-file');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      return { text: readFileSync(file, 'utf8'), file };
    });
  const [first, second] = [made(), made()];
  expect(JSON.parse(first.text).DEPLOYX_SECRETS_KEY).toMatch(/^[\w-]{43}$/);
  expect(second.text).not.toBe(first.text);
  expect(existsSync(first.file)).toBe(false);
});

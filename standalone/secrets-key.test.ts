import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ensureSecretsKey } from './secrets-key.ts';

const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'deployx-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

test('the key is made once, stays the same, and is for its owner alone', () => {
  const folder = temporaryFolder();
  const key = ensureSecretsKey(folder);
  expect(key.length).toBeGreaterThanOrEqual(43);
  expect(ensureSecretsKey(folder)).toBe(key);
  expect(readdirSync(folder)).toEqual(['secrets.key']);
  expect(statSync(join(folder, 'secrets.key')).mode & 0o777).toBe(0o600);
  expect(ensureSecretsKey(temporaryFolder())).not.toBe(key);
});

test('a start that was killed while it made the key leaves nothing in the way of the next', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'secrets.key.new'), 'half');
  expect(ensureSecretsKey(folder)).toMatch(/^[\w-]{43}$/);
});

test('a damaged key is not replaced: what it sealed would be lost without a word', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'secrets.key'), '');
  expect(() => ensureSecretsKey(folder)).toThrow('secrets.key holds no key');
});

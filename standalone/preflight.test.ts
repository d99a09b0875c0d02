import { once } from 'node:events';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkPort, openDataDir } from './preflight.ts';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'deployx-preflight-'));

test('a data folder is made for its owner only', () => {
  const dataDir = join(temporary(), 'a/b');
  openDataDir(dataDir);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
});

test('a second start on the same data folder is told so in one line', () => {
  const dataDir = temporary();
  openDataDir(dataDir);
  expect(() => openDataDir(dataDir)).toThrow(/^another DeployX \(process \d+\) is running on the data folder [^\n]+$/);
});

test('a data folder that cannot be made is named with the way out', () => {
  const file = join(temporary(), 'file');
  writeFileSync(file, '');
  expect(() => openDataDir(join(file, 'data'))).toThrow(/is not writable \(ENOTDIR\); choose another with --data$/);
});

test.runIf(process.platform === 'linux')('a folder that takes no folders is named as well', () => {
  expect(() => openDataDir('/proc/deployx')).toThrow(/is not writable \(ENOENT\)/);
});

test('a port in use is named with the way out', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  await expect(checkPort('127.0.0.1', address.port)).rejects.toThrow(`port ${address.port} on 127.0.0.1 is in use`);
  await new Promise((resolve) => holder.close(resolve));
  await expect(checkPort('127.0.0.1', address.port)).resolves.toBeUndefined();
});

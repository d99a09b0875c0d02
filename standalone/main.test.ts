import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const temporary = (): string => mkdtempSync(join(tmpdir(), 'deployx-main-'));

function start(...args: string[]) {
  const main = join(import.meta.dirname, 'main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stdout, lines: stderr.trim().split('\n') };
}

test('a port in use ends the start with one line, and the data folder can be used again', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  const dataDir = temporary();
  for (let round = 0; round < 2; round++) {
    const { status, stdout, lines } = start('--port', `${address.port}`, '--data', dataDir);
    expect(lines).toEqual([`deployx: port ${address.port} on 127.0.0.1 is in use; choose another with --port`]);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  }
  holder.close();
});

test('a data folder that cannot be written ends the start with one line', () => {
  const file = join(temporary(), 'file');
  writeFileSync(file, '');
  const { status, lines } = start('--port', '0', '--data', join(file, 'data'));
  expect(lines).toEqual([
    `deployx: the data folder ${file}/data is not writable (ENOTDIR); choose another with --data`,
  ]);
  expect(status).toBe(1);
});

test('an option that makes no sense ends the start with one line and another code', () => {
  const { status, lines } = start('--port', 'http');
  expect(lines).toEqual(['deployx: the port must be a number from 0 to 65535']);
  expect(status).toBe(2);
});

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeLock } from './process-lock.ts';

const lockPath = (): string => join(mkdtempSync(join(tmpdir(), 'deployx-lock-')), 'lock');

test('a second taker is told who holds the lock', () => {
  const path = lockPath();
  expect(takeLock(path).held).toBe(true);
  expect(takeLock(path)).toEqual({ held: false, pid: process.pid });
});

test('a released lock can be taken again', () => {
  const path = lockPath();
  const first = takeLock(path);
  if (first.held) first.release();
  expect(takeLock(path).held).toBe(true);
});

test('a lock whose owner is gone is taken over', () => {
  const path = lockPath();
  // Process ids end below this on every system.
  writeFileSync(path, '99999999 1');
  expect(takeLock(path).held).toBe(true);
  expect(readFileSync(path, 'utf8')).toContain(`${process.pid}`);
});

test.runIf(process.platform === 'linux')('a lock whose process id now belongs to another process is taken over', () => {
  const path = lockPath();
  writeFileSync(path, `${process.pid} 1`);
  expect(takeLock(path).held).toBe(true);
});

test('a lock file that makes no sense is taken over', () => {
  const path = lockPath();
  writeFileSync(path, 'rubbish');
  expect(takeLock(path).held).toBe(true);
});

test('releasing a lock that somebody else has taken over leaves it alone', () => {
  const path = lockPath();
  const first = takeLock(path);
  writeFileSync(path, '1 1');
  if (first.held) first.release();
  expect(readFileSync(path, 'utf8')).toBe('1 1');
});

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../test/make-run.ts';
import { pruneBackups } from './prune-backups.ts';
import { contentPath, recordFolder, writeRecord } from './undo-record.ts';

const DAY_MS = 86_400_000;
const NOW = 1_800_000_000_000;
const plenty = { max_count: 100, max_age_days: 30, max_bytes: 1_000_000 };
const none = () => false;

let backups: string;
beforeEach(() => {
  backups = makeFolder();
});

const keep = async (name: string, ageDays: number, bytes: number) => {
  const facts = { size: bytes, mode: 0o644, uid: 0, gid: 0, mtime_ms: 0 };
  const at = NOW - ageDays * DAY_MS;
  await writeRecord(backups, name, { kind: 'files', at, path: '/x', sha256: 'x', before: { type: 'kept', facts } });
  writeFileSync(contentPath(backups, name), Buffer.alloc(bytes));
};

const left = async () => (await readdir(backups)).sort();

describe('UNDO5 backups', () => {
  it('within all bounds stay', async () => {
    await keep('a', 29, 500_000);
    await keep('b', 0, 500_000);
    await pruneBackups(backups, plenty, NOW, none);
    expect(await left()).toEqual(['a', 'b']);
  });

  it('beyond the number go, the oldest first', async () => {
    for (const [name, age] of [
      ['a', 3],
      ['b', 1],
      ['c', 2],
    ] as const)
      await keep(name, age, 1);
    await pruneBackups(backups, { ...plenty, max_count: 2 }, NOW, none);
    expect(await left()).toEqual(['b', 'c']);
  });

  it('beyond the bytes go, the oldest first', async () => {
    for (const [name, age] of [
      ['a', 3],
      ['b', 1],
      ['c', 2],
    ] as const)
      await keep(name, age, 400);
    await pruneBackups(backups, { ...plenty, max_bytes: 800 }, NOW, none);
    expect(await left()).toEqual(['b', 'c']);
  });

  it('that are too old go', async () => {
    await keep('a', 30, 1);
    await keep('b', 29.9, 1);
    await pruneBackups(backups, plenty, NOW, none);
    expect(await left()).toEqual(['b']);
  });

  it('of jobs in flight stay whatever the bounds say', async () => {
    await keep('a', 400, 1);
    mkdirSync(recordFolder(backups, 'begun'));
    await pruneBackups(backups, { max_count: 0, max_age_days: 0, max_bytes: 0 }, NOW, (name) => name !== 'b');
    expect(await left()).toEqual(['a', 'begun']);
  });

  it('that a killed agent left without a record go', async () => {
    mkdirSync(recordFolder(backups, 'begun'));
    writeFileSync(contentPath(backups, 'begun'), 'x');
    await pruneBackups(backups, plenty, NOW, none);
    expect(await left()).toEqual([]);
  });

  it('are none where there is no folder yet', async () => {
    await pruneBackups(`${backups}/missing`, plenty, NOW, none);
    expect(existsSync(`${backups}/missing`)).toBe(false);
  });
});

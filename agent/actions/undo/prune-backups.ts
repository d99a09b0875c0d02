/**
 * UNDO5: gives up backups beyond what the policy keeps, the oldest first, and what a killed agent left without a record.
 * Backups of jobs in flight stay, and those that an undo in flight needs. Run at the agent's start and after jobs.
 */
import { lstat, readdir } from 'node:fs/promises';
import type { Policy } from '../../policy/policy.ts';
import { contentPath, readRecord, removeRecord } from './undo-record.ts';

type Backup = { targetId: string; at: number; bytes: number };

const DAY_MS = 24 * 3600 * 1000;

const look = async (directory: string, targetId: string): Promise<Backup | null> => {
  const record = await readRecord(directory, targetId);
  if (record === null) return null;
  const content = await lstat(contentPath(directory, targetId)).catch(() => null);
  return { targetId, at: record.at, bytes: content?.size ?? 0 };
};

/** From a list with the newest first. */
const superfluous = (newestFirst: readonly Backup[], bounds: Policy['backups'], now: number): Set<string> => {
  let [count, bytes] = [0, 0];
  const names = newestFirst
    .filter((backup) => {
      count += 1;
      bytes += backup.bytes;
      return count > bounds.max_count || bytes > bounds.max_bytes || now - backup.at >= bounds.max_age_days * DAY_MS;
    })
    .map(({ targetId }) => targetId);
  return new Set(names);
};

export const pruneBackups = async (
  directory: string,
  bounds: Policy['backups'],
  now: number,
  inUse: (targetId: string) => boolean,
): Promise<void> => {
  const names = await readdir(directory).catch(() => []);
  const backups: Backup[] = [];
  const broken: string[] = [];
  for (const name of names) {
    const backup = await look(directory, name);
    if (backup === null) broken.push(name);
    else backups.push(backup);
  }
  const given = superfluous(
    backups.sort((a, b) => b.at - a.at),
    bounds,
    now,
  );
  for (const targetId of [...broken, ...given]) if (!inUse(targetId)) await removeRecord(directory, targetId);
};

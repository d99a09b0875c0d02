/** Makes D1 fail: holds the lock of its file from outside, as a stuck process would. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** Writers hold the lock for milliseconds; one that cannot be had in this time is held for good. */
const LOCKED_WITHIN_MS = 5000;
const TRY_EVERY_MS = 5;

const databaseFile = (dataDirectory: string): string => {
  const folder = join(dataDirectory, 'd1/miniflare-D1DatabaseObject');
  const [file, ...others] = readdirSync(folder).filter(
    (name) => name.endsWith('.sqlite') && !name.startsWith('metadata'),
  );
  if (file === undefined || others.length > 0) throw new Error(`${folder} does not hold one database`);
  return join(folder, file);
};

export type Release = () => void;

export const lockDatabase = async (dataDirectory: string): Promise<Release> => {
  const database = new DatabaseSync(databaseFile(dataDirectory), { timeout: 0 });
  const deadline = performance.now() + LOCKED_WITHIN_MS;
  for (;;) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return () => {
        database.exec('ROLLBACK');
        database.close();
      };
    } catch (error) {
      if (performance.now() > deadline) {
        database.close();
        throw error;
      }
      await sleep(TRY_EVERY_MS);
    }
  }
};

/** One agent a state folder: two would both act on the same journal. The lock names a process; a dead one's lock is void. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { errorCode } from '../log.ts';
import { PRIVATE_FILE_MODE } from './write-file.ts';

const Holder = z.object({ pid: z.int().min(1), started: z.string().nullable() });
type Holder = z.infer<typeof Holder>;

/** When the process started, as Linux counts it: a process that got the same number later is told apart. */
const startOf = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks; the start is field 22, the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
};

const holds = (holder: Holder): boolean =>
  holder.pid !== process.pid &&
  isAlive(holder.pid) &&
  (holder.started === null || holder.started === startOf(holder.pid));

/** The process that holds the lock, or null. */
export const lockHolder = (path: string): number | null => {
  try {
    const holder = Holder.parse(JSON.parse(readFileSync(path, 'utf8')));
    return holds(holder) ? holder.pid : null;
  } catch {
    return null;
  }
};

export type ProcessLock = { ok: true; release: () => void } | { ok: false; pid: number };

export const acquireLock = (path: string): ProcessLock => {
  const holder = lockHolder(path);
  if (holder !== null) return { ok: false, pid: holder };
  rmSync(path, { force: true });
  const content: Holder = { pid: process.pid, started: startOf(process.pid) };
  try {
    writeFileSync(path, JSON.stringify(content), { flag: 'wx', mode: PRIVATE_FILE_MODE });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return { ok: false, pid: lockHolder(path) ?? 0 };
  }
  return { ok: true, release: () => rmSync(path, { force: true }) };
};

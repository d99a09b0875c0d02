/**
 * A lock file that dies with its owner: it names a process by id and start time, so one left behind by SIGKILL is taken over,
 * also when the system has given the id to another process since.
 */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export type Lock = { held: true; release: () => void } | { held: false; pid: number };

/** Two takers of an abandoned lock can meet; the loser looks again and finds the winner. */
const ATTEMPTS = 5;

export function takeLock(path: string): Lock {
  const own = describeProcess(process.pid);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (create(path, own)) return { held: true, release: () => release(path, own) };
    const owner = readOwner(path);
    if (owner !== undefined && isAlive(owner)) return { held: false, pid: pidOf(owner) };
    rmSync(path, { force: true });
  }
  throw new Error(`cannot take the lock ${path}`);
}

/** A link appears whole or not at all, so nobody reads a half-written owner. */
function create(path: string, owner: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, owner);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function release(path: string, owner: string): void {
  if (readOwner(path) === owner) rmSync(path, { force: true });
}

function readOwner(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function isAlive(owner: string): boolean {
  const pid = pidOf(owner);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process is alive all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return describeProcess(pid) === owner;
}

const pidOf = (owner: string): number => Number(owner.split(' ')[0]);

/** "pid start-time"; only Linux tells the start time, elsewhere the id has to do. */
function describeProcess(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks; the start time is the 20th field after it.
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${pid} ${startTime}`;
  } catch {
    return `${pid}`;
  }
}

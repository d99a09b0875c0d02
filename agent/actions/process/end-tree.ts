/**
 * Ends a process and all that it started (JOB8): asks first, then kills. The tree is looked at anew each time, because
 * processes go on forking while they are being ended.
 */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Platform } from '../../policy/paths.ts';
import { type ProcessEntry, parsePs, readProc, treeMembers } from './process-table.ts';

/** From the request to end until the kill: long enough to write a file and let go of a lock. */
export const END_GRACE_MS = 5000;

/** How long killed processes may take to vanish; longer means that the kernel holds them, and no signal helps. */
const KILL_WAIT_MS = 3000;

const POLL_MS = 40;
const HELPER_TIMEOUT_MS = 10_000;

const run = promisify(execFile);

export const taskkillArguments = (pid: number): string[] => ['/PID', String(pid), '/T', '/F'];
export const psArguments: readonly string[] = ['-A', '-o', 'pid=,ppid=,pgid=,state=,lstart='];

const readTable = async (platform: Platform, marker: string | null): Promise<ProcessEntry[]> => {
  if (platform === 'linux') return readProc(marker);
  return parsePs((await run('ps', [...psArguments], { timeout: HELPER_TIMEOUT_MS })).stdout);
};

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself, or belongs to a user whom we may not signal; the next look tells.
  }
};

type Tree = { root: number; marker: string | null; platform: Platform; known: Map<number, string> };

const look = async (tree: Tree): Promise<ProcessEntry[]> => {
  const members = treeMembers(await readTable(tree.platform, tree.marker), tree.root, tree.known, process.pid);
  for (const { pid, started } of members) tree.known.set(pid, started);
  return members;
};

/** Signals members as they come up until none is left; true when none is. */
const signalUntilGone = async (tree: Tree, signal: NodeJS.Signals, forMs: number): Promise<boolean> => {
  const signaled = new Set<number>();
  const end = performance.now() + forMs;
  for (;;) {
    const members = await look(tree);
    if (members.length === 0) return true;
    if (performance.now() >= end) return false;
    for (const { pid } of members) {
      if (!signaled.has(pid)) send(pid, signal);
      signaled.add(pid);
    }
    await sleep(POLL_MS);
  }
};

export const endTree = async (
  root: number,
  options: { platform: Platform; marker: string | null; graceMs?: number },
): Promise<void> => {
  if (options.platform === 'windows') {
    await run('taskkill', taskkillArguments(root), { timeout: HELPER_TIMEOUT_MS }).catch(() => null);
    return;
  }
  const tree: Tree = { root, marker: options.marker, platform: options.platform, known: new Map() };
  if (await signalUntilGone(tree, 'SIGTERM', options.graceMs ?? END_GRACE_MS)) return;
  await signalUntilGone(tree, 'SIGKILL', KILL_WAIT_MS);
};

/** No process has it, so that only the mark counts. */
const NO_ROOT = -1;

/**
 * Ends what an earlier run of the agent left running of a job: those processes outlive an agent that was killed, and
 * are known by the job's variable in their environment alone. Where that cannot be read nothing happens.
 */
export const endLeftovers = async (marker: string, platform: Platform): Promise<void> => {
  if (platform === 'linux') await endTree(NO_ROOT, { platform, marker });
};

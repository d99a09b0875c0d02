/** Which processes belong to a job: a snapshot of all of them, and a pure choice. */
import { readdir, readFile } from 'node:fs/promises';

export type ProcessEntry = {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Ended already, but not yet collected by its parent. */
  zombie: boolean;
  /** Tells a process from a later one with the same pid. */
  started: string;
  /** Carries the job's variable in its environment. */
  marked: boolean;
};

/** One line of `/proc/<pid>/stat`. The command in parentheses may itself hold blanks and parentheses. */
export const parseStat = (text: string): Omit<ProcessEntry, 'marked'> | null => {
  const end = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const [state, parent, group, session, ...rest] = text.slice(end + 2).split(' ');
  // `started` is field 22 of proc(5); the sixth after the session begins `rest` at field 7.
  const started = rest[15];
  if (end < 0 || Number.isNaN(pid) || state === undefined || started === undefined) return null;
  const zombie = state === 'Z' || state === 'X';
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), zombie, started };
};

/** Lines of `ps -A -o pid=,ppid=,pgid=,state=,lstart=`, for systems without `/proc`. */
export const parsePs = (text: string): ProcessEntry[] =>
  text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line);
    if (match === null) return [];
    const [, pid, parent, group, state = '', started = ''] = match;
    const ids = { pid: Number(pid), parent: Number(parent), group: Number(group), session: 0 };
    return [{ ...ids, zombie: state.startsWith('Z'), started, marked: false }];
  });

/** A process that ended while we looked is no process of ours any more. */
const readOrEmpty = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

const readEntry = async (pid: string, marker: string | null): Promise<ProcessEntry | null> => {
  const entry = parseStat(await readOrEmpty(`/proc/${pid}/stat`));
  if (entry === null) return null;
  const env = marker === null ? '' : await readOrEmpty(`/proc/${pid}/environ`);
  return { ...entry, marked: marker !== null && env.split('\0').includes(marker) };
};

export const readProc = async (marker: string | null): Promise<ProcessEntry[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(pids.map((pid) => readEntry(pid, marker)));
  return entries.filter((entry) => entry !== null);
};

/**
 * The living processes of the tree under `root`: its group and session, descendants of any member, those seen as
 * members before, and those that carry the job's mark (they left both by forking twice into a session of their own).
 */
export const treeMembers = (
  table: readonly ProcessEntry[],
  root: number,
  known: ReadonlyMap<number, string>,
  own: number,
): ProcessEntry[] => {
  const members = new Map<number, ProcessEntry>();
  const belongs = (entry: ProcessEntry) =>
    entry.pid === root ||
    entry.group === root ||
    entry.session === root ||
    entry.marked ||
    known.get(entry.pid) === entry.started ||
    members.has(entry.parent);
  for (let size = -1; size < members.size; ) {
    size = members.size;
    for (const entry of table) if (entry.pid !== own && belongs(entry)) members.set(entry.pid, entry);
  }
  return [...members.values()].filter((entry) => !entry.zombie);
};

/** What the kernel says of processes: memory, processor time, how busy the rest of the machine was. */
import { readdirSync, readFileSync } from 'node:fs';

/** `USER_HZ`, which Linux fixes for what it shows to programs. */
const TICK_MS = 10;

/** `reapedMs` is what children used that have ended and been waited for. */
export type ProcessStat = { pid: number; parent: number; cpuMs: number; reapedMs: number };

/** A line of /proc/PID/stat. The name in parentheses may hold blanks and parentheses itself. */
export const parseStat = (text: string): ProcessStat => {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    reapedMs: (Number(fields[13]) + Number(fields[14])) * TICK_MS,
  };
};

/** Null when the process has ended meanwhile. */
const readProc = (path: string): string | null => {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return null;
  }
};

const allProcesses = (): ProcessStat[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const text = readProc(`${pid}/stat`);
      return text === null ? [] : [parseStat(text)];
    });

/** The process and all that descend from it, parents first. */
export const descendants = (root: number, processes: readonly ProcessStat[]): ProcessStat[] => {
  const found = processes.filter(({ pid }) => pid === root);
  for (const parent of found) found.push(...processes.filter((one) => one.parent === parent.pid));
  return found;
};

export const processTree = (root: number): ProcessStat[] => descendants(root, allProcesses());

/** Resident memory; shared pages count in each process that holds them. */
export const parseRssBytes = (smapsRollup: string): number =>
  Number(/^Rss:\s+(\d+) kB$/m.exec(smapsRollup)?.[1] ?? 0) * 1024;

export const rssBytes = (pid: number): number => parseRssBytes(readProc(`${pid}/smaps_rollup`) ?? '');

export const commandLine = (pid: number): string => (readProc(`${pid}/cmdline`) ?? '').replaceAll('\0', ' ');

/** Time that all processors together spent on work since the machine started: the first line of /proc/stat. */
export const parseBusyMs = (stat: string): number => {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '')
    .split(' ')
    .map(Number);
  return (user + nice + system + irq + softIrq) * TICK_MS;
};

export const machineBusyMs = (): number => parseBusyMs(readProc('stat') ?? '');

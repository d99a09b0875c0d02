/**
 * The system as `npm start` runs it, on a free port and a folder of its own, as a process tree that can be measured, killed and
 * started again where it was.
 */
import type { ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoginResponse } from '#protocol/http/auth.ts';
import { Health } from '#protocol/http/stats.ts';
import { spawnTied, stopProcess } from '#standalone/tied-process.ts';
import { type Api, createApi } from './api.ts';
import { freePort } from './free-port.ts';
import { commandLine, type ProcessStat, processTree, rssBytes } from './processes.ts';

const ROOT = join(import.meta.dirname, '../..');
const ADMIN = { username: 'tester', password: 'a-long-password-of-the-tests' };

/** A first start takes a second or two, more on a machine that is busy otherwise. */
const START_WITHIN_MS = 60_000;
/** The supervisor stops its parts in order within this, or is ended. */
const STOP_WITHIN_MS = 15_000;
const HEALTH_POLL_MS = 20;

export type Part = 'front' | 'runtime' | 'workerd';
export const PARTS: readonly Part[] = ['front', 'runtime', 'workerd'];
export type PartUsage = Record<Part, { rssBytes: number; cpuMs: number; pids: readonly number[] }>;

export type System = {
  url: string;
  api: Api;
  token: string;
  processes: () => ProcessStat[];
  usage: () => PartUsage;
  /** SIGKILL to one part; the system starts workerd and the runtime again by itself. */
  kill: (part: Part) => void;
  /** SIGKILL to every process of the system. */
  killAll: () => void;
  start: () => Promise<void>;
  stop: () => Promise<void>;
};

const partOf = (pid: number): Part => {
  const line = commandLine(pid);
  if (line.includes('standalone/main.ts')) return 'front';
  return line.includes('standalone/runtime.ts') ? 'runtime' : 'workerd';
};

const usageOf = (processes: readonly ProcessStat[]): PartUsage => {
  const usage: PartUsage = {
    front: { rssBytes: 0, cpuMs: 0, pids: [] },
    runtime: { rssBytes: 0, cpuMs: 0, pids: [] },
    workerd: { rssBytes: 0, cpuMs: 0, pids: [] },
  };
  for (const { pid, cpuMs } of processes) {
    const part = usage[partOf(pid)];
    part.rssBytes += rssBytes(pid);
    part.cpuMs += cpuMs;
    part.pids = [...part.pids, pid];
  }
  return usage;
};

export const totalRssBytes = (usage: PartUsage): number =>
  usage.front.rssBytes + usage.runtime.rssBytes + usage.workerd.rssBytes;

/** What a part used between two looks; a process that was replaced in between would make the difference meaningless. */
export const partCpuMs = (before: PartUsage, after: PartUsage, part: Part): number => {
  if (before[part].pids.join() !== after[part].pids.join()) throw new Error(`${part} was started anew meanwhile`);
  return after[part].cpuMs - before[part].cpuMs;
};

export const usedCpuMs = (before: PartUsage, after: PartUsage): number =>
  PARTS.reduce((sum, part) => sum + partCpuMs(before, after, part), 0);

/** Parts die with those that hold them, so one may be gone before its turn. */
const endProcess = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};

const untilHealthy = async (api: Api, process: () => ChildProcess, logFile: string): Promise<void> => {
  const deadline = performance.now() + START_WITHIN_MS;
  while (performance.now() < deadline) {
    if (process().exitCode !== null) throw new Error(`the system ended instead of starting; see ${logFile}`);
    try {
      await api.get('/health', Health);
      return;
    } catch {
      await sleep(HEALTH_POLL_MS);
    }
  }
  throw new Error(`the system did not answer within ${START_WITHIN_MS / 1000} s; see ${logFile}`);
};

/** `env` is for every process of the system. */
export const startSystem = async (
  directory: string,
  profile: string | null,
  env: Readonly<Record<string, string>> = {},
): Promise<System> => {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(directory, 'server.log');
  const log = createWriteStream(logFile, { flags: 'a' });
  const open = createApi(url, null);
  let child: ChildProcess;

  const start = async (): Promise<void> => {
    const options = ['--port', `${port}`, '--data', join(directory, 'data'), '--no-agent'];
    child = spawnTied({
      command: process.execPath,
      args: [join(ROOT, 'standalone/main.ts'), ...options],
      env: {
        ...env,
        DEPLOYX_ADMIN_USERNAME: ADMIN.username,
        DEPLOYX_ADMIN_PASSWORD: ADMIN.password,
        ...(profile === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(profile)}` }),
      },
    });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    await untilHealthy(open, () => child, logFile);
  };
  const processes = (): ProcessStat[] => (child.pid === undefined ? [] : processTree(child.pid));
  const killAmong = (wanted: (pid: number) => boolean): void => {
    for (const { pid } of processes()) if (wanted(pid)) endProcess(pid);
  };

  await start();
  const { token } = await open.post('/auth/login', ADMIN, LoginResponse);
  return {
    url,
    token,
    api: createApi(url, token),
    processes,
    usage: () => usageOf(processes()),
    kill: (part) => killAmong((pid) => partOf(pid) === part),
    killAll: () => killAmong(() => true),
    start,
    stop: async () => {
      await stopProcess(child, STOP_WITHIN_MS);
      log.end();
    },
  };
};

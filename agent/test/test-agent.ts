/** Agents for tests: in this process, or as one of their own that can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { Capabilities } from '#protocol/agent/to-server.ts';
import { type AgentOptions, openAgent } from '../agent.ts';
import { enroll } from '../enrollment/enroll.ts';
import type { LogFields, LogLevel } from '../log.ts';
import { type StateFiles, stateFiles } from '../state/state-directory.ts';
import { FakeServer } from './fake-server.ts';
import { scriptedAction } from './scripted-action.ts';
import { Waiters } from './waiters.ts';

export const testCapabilities: Capabilities = {
  actions: ['command'],
  shells: ['sh'],
  interpreters: ['sh'],
  package_types: [],
};

export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'deployx-agent-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

export const startServer = async (): Promise<FakeServer> => {
  const server = await FakeServer.start();
  onTestFinished(() => server.stop());
  return server;
};

export const enrolledFiles = async (server: FakeServer): Promise<StateFiles> => {
  const files = stateFiles(temporaryDirectory());
  const enrolled = await enroll({ server: server.url, token: 'token', name: null }, files);
  if (!enrolled.ok) throw new Error(enrolled.error);
  return files;
};

export type LogLine = { level: LogLevel; event: string; fields: LogFields };

export type RunningAgent = {
  files: StateFiles;
  lines: LogLine[];
  /** What it has put on its console. */
  shown: () => string;
  /** Resolves when the agent has logged the event. */
  logged: (event: string) => Promise<void>;
  ended: Promise<string>;
  stop: () => Promise<string>;
};

export const startAgent = async (files: StateFiles, options: Partial<AgentOptions> = {}): Promise<RunningAgent> => {
  const lines: LogLine[] = [];
  let shown = '';
  const waiters = new Waiters();
  const opened = await openAgent({
    files,
    runAction: scriptedAction,
    capabilities: () => testCapabilities,
    endLeftovers: async () => undefined,
    log: (level, event, fields = {}) => {
      lines.push({ level, event, fields });
      waiters.changed();
    },
    showLines: (text) => {
      shown += text;
      waiters.changed();
    },
    now: Date.now,
    // No waiting between connections: the jitter is drawn from nothing.
    random: () => 0,
    stopGraceMs: 0,
    lookEveryMs: 20,
    ...options,
  });
  if (!opened.ok) throw new Error(opened.error);
  const ended = opened.agent.run();
  const stop = (): Promise<string> => {
    opened.agent.stop();
    return ended;
  };
  onTestFinished(async () => void (await stop()));
  const logged = (event: string): Promise<void> =>
    waiters.until(event, () => lines.some((line) => line.event === event));
  return { files, lines, shown: () => shown, logged, ended, stop };
};

/** A server, and an agent that has said hello to it. */
export const connectedAgent = async (
  options: Partial<AgentOptions> = {},
): Promise<{ server: FakeServer; agent: RunningAgent }> => {
  const server = await startServer();
  const agent = await startAgent(await enrolledFiles(server), options);
  await server.until('hello', () => server.connections.at(-1)?.hellos.length === 1);
  return { server, agent };
};

export type AgentProcess = { child: ChildProcess; kill: (signal: NodeJS.Signals) => Promise<void> };

/** A program of the agent as one file, as it is shipped; it also starts several times faster than from its sources. */
export const bundleProgram = async (entry: string, directory: string): Promise<string> => {
  const outfile = join(directory, 'program.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '..', entry)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
    },
    external: ['bufferutil', 'utf-8-validate'],
  });
  return outfile;
};

/** `hold` names a moment at which the process stands still, for ever; see `agent-process.ts`. */
export const startAgentProcess = (program: string, files: StateFiles, hold = ''): AgentProcess => {
  const child = spawn(process.execPath, [program, files.directory, hold], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  onTestFinished(() => kill('SIGKILL'));
  return { child, kill };
};

export const linesIn = (path: string): number => {
  try {
    return readFileSync(path, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
};

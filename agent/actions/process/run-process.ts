/**
 * Runs one process to its end: an argument vector in a session of its own, no input, output as it comes. It always
 * comes back: an abort ends the whole tree, and a child left in the background cannot hold the job by keeping the
 * output open. The consumer of output is synchronous, so a process that writes faster than the disk waits on its pipe.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Platform } from '../../policy/paths.ts';
import type { JobUser } from '../../policy/run-as.ts';
import { findProgram } from '../programs.ts';
import type { Mask } from '../secrets/mask.ts';
import { startAs, type Vector } from './as-user.ts';
import { END_GRACE_MS, endTree } from './end-tree.ts';

export type ProcessRequest = {
  argv: Vector;
  cwd: string;
  env: Readonly<Record<string, string>>;
  user: JobUser | null;
  platform: Platform;
  /** Gets what may be shown: secrets are masked before it. */
  output: (stream: 'stdout' | 'stderr', text: string) => void;
  /** Null when the job has no secrets. */
  mask: Mask | null;
  signal: AbortSignal;
  /** `NAME=value` in the environment, by which processes that left the tree are found. */
  marker: string | null;
  /** Windows: the last argument is already quoted as the program wants it. */
  verbatim?: boolean;
  graceMs?: number;
};

export type ProcessExit =
  | { type: 'exited'; code: number }
  | { type: 'signaled'; signal: string }
  | { type: 'aborted' }
  | { type: 'not_started'; message: string };

/** After the process has ended: time for its last output to arrive, which is local and so takes far less. */
const DRAIN_MS = 1000;
/** The last output counts as arrived when nothing came for this long. */
const QUIET_MS = 100;
/** A child in the background that writes without end is cut off here. */
const DRAIN_LIMIT_MS = 5000;

const spawnProcess = (request: ProcessRequest): ChildProcess => {
  const setpriv = request.user === null ? null : findProgram(request.platform, 'setpriv', process.env);
  const { argv, ...start } = startAs(request.argv, request.env, request.user, setpriv);
  const [program, ...args] = argv;
  return spawn(program, args, {
    ...start,
    cwd: request.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows it would open a console window; there the tree is ended by `taskkill`.
    detached: request.platform !== 'windows',
    windowsHide: true,
    windowsVerbatimArguments: request.verbatim ?? false,
  });
};

type Pump = { lastAt: () => number; stop: () => void };

const pump = (source: Readable | null, output: (text: string) => void, mask: Mask | null): Pump => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const screen = mask === null ? null : mask.stream(output);
  let lastAt = performance.now();
  let ended = false;
  const pass = (text: string) => {
    if (text === '') return;
    if (screen === null) output(text);
    else screen.write(text);
  };
  source?.on('data', (chunk: Uint8Array) => {
    lastAt = performance.now();
    if (!ended) pass(decoder.decode(chunk, { stream: true }));
  });
  source?.on('error', () => source.destroy());
  const stop = () => {
    if (ended) return;
    ended = true;
    pass(decoder.decode());
    screen?.end();
    source?.destroy();
  };
  return { lastAt: () => lastAt, stop };
};

const drain = (child: ChildProcess, pumps: readonly Pump[]): Promise<void> =>
  new Promise((resolve) => {
    const endedAt = performance.now();
    const done = () => {
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(() => {
      const now = performance.now();
      const quiet = pumps.every((each) => now - each.lastAt() >= QUIET_MS);
      if (now - endedAt >= DRAIN_LIMIT_MS || (quiet && now - endedAt >= DRAIN_MS)) done();
    }, QUIET_MS);
    child.once('close', done);
  });

const describeStart = (error: unknown, program: string): string =>
  `${program} could not be started: ${error instanceof Error ? error.message : String(error)}`;

const exitOf = (child: ChildProcess, program: string): Promise<ProcessExit> =>
  new Promise((resolve) => {
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ type: 'not_started', message: describeStart(error, program) });
    });
    child.once('exit', (code, signal) => {
      resolve(code === null ? { type: 'signaled', signal: signal ?? 'unknown' } : { type: 'exited', code });
    });
  });

/** Resolves when the signal was aborted and the tree is gone; never without an abort. */
const endOnAbort = (child: ChildProcess, request: ProcessRequest, signal: AbortSignal) => {
  const end = async () => {
    const { platform, marker, graceMs = END_GRACE_MS } = request;
    try {
      if (child.pid !== undefined) await endTree(child.pid, { platform, marker, graceMs });
    } catch {
      child.kill('SIGKILL');
    }
  };
  let forget = () => {};
  const ended = new Promise<ProcessExit>((resolve) => {
    const onAbort = () => end().then(() => resolve({ type: 'aborted' }));
    signal.addEventListener('abort', onAbort, { once: true });
    forget = () => signal.removeEventListener('abort', onAbort);
  });
  return { ended, forget: () => forget() };
};

/** Output that cannot be kept ends the process: going on would lose it silently. */
const guardOutput = (request: ProcessRequest, broken: AbortController): ProcessRequest['output'] => {
  return (stream, text) => {
    if (broken.signal.aborted) return;
    try {
      request.output(stream, text);
    } catch (error) {
      broken.abort(error);
    }
  };
};

const supervise = async (child: ChildProcess, request: ProcessRequest, broken: AbortController) => {
  const signal = AbortSignal.any([request.signal, broken.signal]);
  const output = guardOutput(request, broken);
  const pumps = [
    pump(child.stdout, (text) => output('stdout', text), request.mask),
    pump(child.stderr, (text) => output('stderr', text), request.mask),
  ];
  const drained = new Promise<void>((resolve) => {
    child.once('exit', () => drain(child, pumps).then(resolve));
  });
  const abort = endOnAbort(child, request, signal);
  const exit = exitOf(child, request.argv[0]).then(async (ended) => {
    if (signal.aborted) return abort.ended;
    // From here on the job has its outcome; an abort must not change it.
    abort.forget();
    if (ended.type !== 'not_started') await drained;
    return ended;
  });
  const result = await Promise.race([exit, abort.ended]);
  for (const each of pumps) each.stop();
  return result;
};

export const runProcess = async (request: ProcessRequest): Promise<ProcessExit> => {
  if (request.signal.aborted) return { type: 'aborted' };
  let child: ChildProcess;
  try {
    child = spawnProcess(request);
  } catch (error) {
    return { type: 'not_started', message: describeStart(error, request.argv[0]) };
  }
  const broken = new AbortController();
  const result = await supervise(child, request, broken);
  if (broken.signal.aborted) throw broken.signal.reason;
  return result;
};

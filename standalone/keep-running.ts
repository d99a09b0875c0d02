/** Keeps one process running: starts it again when it ends, sooner after a long life than after a short one. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Log } from './log.ts';
import { stopProcess } from './tied-process.ts';

/** The first restart comes at once for a person, and does not spin when the start itself fails. */
const FIRST_DELAY_MS = 100;
/** Bounds how long a process that keeps failing stays down once its cause is gone. */
const LONGEST_DELAY_MS = 10_000;
/** A process that lived this long had started well; its end is a new matter. */
const GOOD_LIFE_MS = 30_000;

export interface Kept {
  stop: () => Promise<void>;
}

export interface KeepOptions {
  log: Log;
  start: () => ChildProcess;
  stopGraceMs: number;
  /** How to ask the process to end; by default with SIGTERM. */
  ask?: (child: ChildProcess) => void;
  onExit?: () => void;
  /** Whether the process may end for good by ending well. */
  mayFinish?: boolean;
  writeOutput?: (child: ChildProcess, log: Log) => void;
}

export function keepRunning(options: KeepOptions): Kept {
  const { log, start, stopGraceMs, ask, onExit, mayFinish = false, writeOutput = logOutput } = options;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let shortLives = 0;

  const run = (): void => {
    const startedAt = Date.now();
    const current = start();
    child = current;
    writeOutput(current, log);
    let ended = false;
    const onEnd = (how: string): void => {
      if (ended) return;
      ended = true;
      onExit?.();
      if (stopping) return;
      if (mayFinish && current.exitCode === 0) {
        log.warn('ended for good');
        return;
      }
      shortLives = Date.now() - startedAt >= GOOD_LIFE_MS ? 0 : shortLives + 1;
      const delay = restartDelay(shortLives);
      log.warn(`ended (${how}); starting again in ${delay / 1000} s`);
      timer = setTimeout(run, delay);
    };
    current.once('error', (error) => onEnd(error.message));
    current.once('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`));
  };

  run();
  return {
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      const last = child;
      if (last) await stopProcess(last, stopGraceMs, ask && (() => ask(last)));
    },
  };
}

export function restartDelay(shortLives: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.max(0, shortLives - 1), LONGEST_DELAY_MS);
}

function logOutput(child: ChildProcess, log: Log): void {
  for (const [stream, write] of [[child.stdout, log.info] as const, [child.stderr, log.warn] as const]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => line.trim() !== '' && write(line));
  }
}

/**
 * Starts processes that do not outlive this one, not even when it is killed outright: an orphan would keep the port and the
 * database open. On Linux the kernel sees to it; elsewhere a process with a channel to this one ends itself when it closes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

export const KERNEL_ENDS_ORPHANS = process.platform === 'linux' && existsSync(SETPRIV);

export interface TiedProcess {
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string | undefined>>;
  /** A channel for messages beside the output. */
  channel?: boolean;
}

export function spawnTied({ command, args, env = {}, channel = false }: TiedProcess): ChildProcess {
  const [file, fileArgs] = KERNEL_ENDS_ORPHANS
    ? [SETPRIV, ['--pdeathsig', 'KILL', command, ...args]]
    : [command, [...args]];
  return spawn(file, fileArgs, {
    // Ctrl-C is for the supervisor alone, which stops its children in the right order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', ...(channel ? (['ipc'] as const) : [])],
    env: { ...process.env, ...env },
  });
}

/** Asks, waits for the given time, then insists. Resolves when the process is gone. */
export function stopProcess(
  child: ChildProcess,
  graceMs: number,
  ask: () => void = () => child.kill('SIGTERM'),
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    ask();
  });
}

/** The agent of this machine: enrolled once through a token made here, then kept running. It starts only what is not there yet. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LEAN_NODE } from '#protocol/agent/lean-node.ts';
import { logAgentOutput } from './agent-output.ts';
import { type Kept, keepRunning, restartDelay } from './keep-running.ts';
import { describeError, type Log } from './log.ts';
import { spawnTied } from './tied-process.ts';

/** Enrolling is one request. */
const ENROLL_MS = 30_000;
/** The agent gives its jobs five seconds and then ends them. */
const STOP_MS = 8_000;

export interface LocalAgentOptions {
  bundle: string;
  stateDir: string;
  server: string;
  log: Log;
  createEnrollmentToken: (input: { name: string }) => Promise<{ token: string }>;
}

export function startLocalAgent(options: LocalAgentOptions): Kept {
  const { bundle, stateDir, log } = options;
  const stopped = new AbortController();
  let kept: Kept | undefined;
  const begin = async (): Promise<void> => {
    if (!(await enrollUntilDone(options, stopped.signal))) return;
    followServer(join(stateDir, 'agent.json'), options.server);
    const args = [...LEAN_NODE, bundle, 'run', '--state-dir', stateDir];
    const start = () => spawnTied({ command: process.execPath, args });
    // The agent ends well when its host was deleted: it is not wanted any more.
    kept = keepRunning({ log, start, stopGraceMs: STOP_MS, mayFinish: true, writeOutput: logAgentOutput });
  };
  const begun = begin().catch((error) => log.error(describeError(error)));
  return {
    stop: async () => {
      stopped.abort();
      await begun;
      await kept?.stop();
    },
  };
}

/** True once enrolled; false when stopped before that. */
async function enrollUntilDone(options: LocalAgentOptions, signal: AbortSignal): Promise<boolean> {
  for (let failures = 0; !signal.aborted; ) {
    if (existsSync(join(options.stateDir, 'agent.json'))) return true;
    try {
      await enroll(options, signal);
    } catch (error) {
      failures += 1;
      const delay = restartDelay(failures);
      if (!signal.aborted) options.log.warn(`could not enroll: ${describeError(error)}; again in ${delay / 1000} s`);
      await sleep(delay, undefined, { signal }).catch(() => {});
    }
  }
  return false;
}

async function enroll(
  { bundle, stateDir, server, createEnrollmentToken }: LocalAgentOptions,
  signal: AbortSignal,
): Promise<void> {
  const name = hostname();
  const { token } = await createEnrollmentToken({ name });
  const args = [bundle, 'enroll', '--server', server, '--token', token, '--name', name, '--state-dir', stateDir];
  const child = spawnTied({ command: process.execPath, args });
  const timer = setTimeout(() => child.kill('SIGKILL'), ENROLL_MS);
  const onStop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', onStop);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk));
  try {
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    );
    if (code !== 0) throw new Error(said.trim().split('\n').at(-1) || `exit code ${code}`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onStop);
  }
}

/** The address changes when the system is started on another port; the agent's key stays good. */
function followServer(file: string, server: string): void {
  const content = z.looseObject({ server: z.string() }).safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!content.success || content.data.server === server) return;
  const draft = `${file}.new`;
  writeFileSync(draft, `${JSON.stringify({ ...content.data, server }, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, file);
}

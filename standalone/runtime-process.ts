/** The supervisor's side of the runtime's process: keeps it running, knows its port, passes set-up calls on. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { z } from 'zod';
import { keepRunning } from './keep-running.ts';
import type { Log } from './log.ts';
import {
  AdminEnsured,
  type CallMessage,
  EnrollmentTokenCreated,
  FromRuntime,
  type ToRuntime,
} from './runtime-messages.ts';
import { spawnTied } from './tied-process.ts';

/** The runtime is up within a second or two; a first start on a slow disk takes longer. */
const READY_MS = 60_000;
/** A set-up call writes a few rows. */
const CALL_MS = 20_000;
/** Disposing takes milliseconds; then the process is ended, which loses nothing that was acknowledged. */
const STOP_MS = 5_000;
/** A start that has never worked will not work the fourth time either. */
const FIRST_START_ATTEMPTS = 3;

type Calls = { [M in CallMessage['method']]: Extract<CallMessage, { method: M }>['input'] };
type Answer = Extract<FromRuntime, { type: 'answer' }>;

export interface RuntimeProcess {
  port: () => number | undefined;
  ready: Promise<void>;
  ensureAdmin: (input: Calls['ensureAdmin']) => Promise<z.infer<typeof AdminEnsured>>;
  createEnrollmentToken: (input: Calls['createEnrollmentToken']) => Promise<z.infer<typeof EnrollmentTokenCreated>>;
  stop: () => Promise<void>;
}

export function startRuntime(dataDir: string, log: Log): RuntimeProcess {
  let port: number | undefined;
  let child: ChildProcess | undefined;
  let attempts = 0;
  let lastFailure = 'it did not say why';
  let lastId = 0;
  const waiting = new Map<number, (answer: Answer) => void>();
  const { promise: ready, resolve: becomeReady, reject: giveUp } = Promise.withResolvers<void>();
  const patience = setTimeout(() => giveUp(new Error('the runtime did not start in time')), READY_MS);

  const onMessage = (raw: unknown): void => {
    const message = FromRuntime.parse(raw);
    switch (message.type) {
      case 'ready':
        port = message.port;
        if (attempts > 1) log.info('serving again');
        clearTimeout(patience);
        becomeReady();
        break;
      case 'failed':
        lastFailure = message.message;
        break;
      case 'answer':
        waiting.get(message.id)?.(message);
        break;
    }
  };
  const start = (): ChildProcess => {
    attempts += 1;
    const args = ['--max-semi-space-size=1', join(import.meta.dirname, 'runtime.ts'), dataDir];
    child = spawnTied({ command: process.execPath, args, channel: true });
    child.on('message', onMessage);
    return child;
  };
  const onExit = (): void => {
    port = undefined;
    for (const [id, settle] of waiting) settle({ type: 'answer', id, error: 'the runtime ended' });
    if (attempts >= FIRST_START_ATTEMPTS) giveUp(new Error(`the runtime does not start: ${lastFailure}`));
  };
  const tell = (target: ChildProcess | undefined, message: ToRuntime): void => {
    if (target?.connected) target.send(message);
  };
  const kept = keepRunning({
    log,
    start,
    onExit,
    stopGraceMs: STOP_MS,
    ask: (target) => tell(target, { type: 'stop' }),
  });

  const answerTo = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiting.get(id)?.({ type: 'answer', id, error: 'no answer in time' }), CALL_MS);
      waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        waiting.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(error));
      });
    });
  const call = (message: CallMessage): Promise<unknown> => {
    const answer = answerTo(message.id);
    tell(child, message);
    return answer;
  };

  return {
    port: () => port,
    ready,
    ensureAdmin: async (input) =>
      AdminEnsured.parse(await call({ type: 'call', id: ++lastId, method: 'ensureAdmin', input })),
    createEnrollmentToken: async (input) =>
      EnrollmentTokenCreated.parse(await call({ type: 'call', id: ++lastId, method: 'createEnrollmentToken', input })),
    stop: () => {
      clearTimeout(patience);
      return kept.stop();
    },
  };
}

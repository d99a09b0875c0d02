/** An action whose command is a little script, so that a test decides from outside what a job does and when it ends. */
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionContext, ActionOutcome } from '../actions/action.ts';

const POLL_MS = 10;

export const outcome = (parts: Partial<ActionOutcome> = {}): ActionOutcome => ({
  outcome: 'completed',
  reason: 'ok',
  exit_code: 0,
  message: 'Done',
  details: null,
  ...parts,
});

const aborted = (signal: AbortSignal): ActionOutcome =>
  signal.reason === 'timed_out'
    ? outcome({ outcome: 'failed', reason: 'timed_out', exit_code: null })
    : outcome({ outcome: 'canceled', reason: 'canceled', exit_code: null });

/** Lines: `mark FILE` adds a line to it, `print TEXT`, `lines N`, `wait FILE` until it exists, `fail CODE`. */
export const scriptedAction = async ({ job, output, progress, signal }: ActionContext): Promise<ActionOutcome> => {
  if (job.action.kind !== 'command') return outcome({ outcome: 'failed', reason: 'unsupported' });
  progress('running', null, null);
  for (const line of job.action.command.split('\n')) {
    const [verb, ...words] = line.split(' ');
    const text = words.join(' ');
    if (verb === 'mark') appendFileSync(text, 'started\n');
    if (verb === 'print') output('stdout', `${text}\n`);
    if (verb === 'lines') for (let index = 1; index <= Number(text); index++) output('stdout', `line ${index}\n`);
    if (verb === 'fail') return outcome({ outcome: 'failed', reason: 'exit_code', exit_code: Number(text) });
    while (verb === 'wait' && !existsSync(text) && !signal.aborted) await sleep(POLL_MS);
    if (signal.aborted) return aborted(signal);
  }
  return outcome();
};

/**
 * A real agent as a process of its own: `node agent-process.ts STATE_DIR [HOLD]`. Commands are scripted, everything else is
 * done for real. Killed by its tests.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionContext, ActionOutcome } from '../actions/action.ts';
import { runAction } from '../actions/run-action.ts';
import { openAgent } from '../agent.ts';
import { stateFiles } from '../state/state-directory.ts';
import { scriptedAction } from './scripted-action.ts';

const [directory = '', hold = ''] = process.argv.slice(2);
let syncs = 0;

/** `sync:N` stands still when the journal's N-th write since the start is in the file but not yet known to be on disk. */
const syncJournal = async (handle: { datasync: () => Promise<void> }): Promise<void> => {
  syncs += 1;
  if (hold === `sync:${syncs}`) {
    writeFileSync(join(directory, 'held'), '');
    await new Promise(() => undefined);
  }
  await handle.datasync();
};

/** `host-log:N` stands still when lines of the host's log are in the file for the N-th time, but not yet noted. */
let hostLogSyncs = 0;
const syncHostLog = async (handle: { datasync: () => Promise<void> }): Promise<void> => {
  await handle.datasync();
  hostLogSyncs += 1;
  if (hold !== `host-log:${hostLogSyncs}`) return;
  writeFileSync(join(directory, 'held'), '');
  await new Promise(() => undefined);
};

/**
 * `status:S` stands still, for ever, when a job that is done for real reports that status, `done` when it is done and
 * nobody knows yet.
 */
const holdAt = (moment: string): void => {
  if (hold !== moment) return;
  writeFileSync(join(directory, 'held'), '');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};

const carryOut = async (context: ActionContext): Promise<ActionOutcome> => {
  if (context.job.action.kind === 'command') return scriptedAction(context);
  const progress: ActionContext['progress'] = (status, percent, message) => {
    holdAt(`status:${status}`);
    context.progress(status, percent, message);
  };
  const outcome = await runAction({ ...context, progress });
  holdAt('done');
  return outcome;
};

const opened = await openAgent({
  files: stateFiles(directory),
  runAction: carryOut,
  capabilities: () => ({ actions: ['command'], shells: ['sh'], interpreters: [], package_types: [] }),
  endLeftovers: async () => undefined,
  log: () => undefined,
  showLines: () => undefined,
  now: Date.now,
  random: () => 0,
  syncJournal,
  syncHostLog,
});
if (!opened.ok) throw new Error(opened.error);
const { agent } = opened;
process.on('SIGTERM', () => agent.stop());
await agent.run();
process.exit(0);

/** A real agent as a process of its own, with scripted jobs: `node agent-process.ts STATE_DIR [HOLD]`. Killed by its tests. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

const opened = await openAgent({
  files: stateFiles(directory),
  runAction: scriptedAction,
  capabilities: () => ({ actions: ['command'], shells: ['sh'], interpreters: [], package_types: [] }),
  endLeftovers: async () => undefined,
  log: () => undefined,
  now: Date.now,
  random: () => 0,
  syncJournal,
});
if (!opened.ok) throw new Error(opened.error);
const { agent } = opened;
process.on('SIGTERM', () => agent.stop());
await agent.run();
process.exit(0);

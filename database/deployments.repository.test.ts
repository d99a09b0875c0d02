/** The record of deployments: what it takes in one go, and what never overwrites what. */
import { env } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { type IdSource, newId } from '#protocol/ids.ts';
import { Spec } from '#protocol/spec.ts';
import { MAX_DETAILS_CHARACTERS } from '#protocol/limits.ts';
import { findActiveColor, recordActiveColor } from './active-colors.repository.ts';
import { openDatabase } from './database.ts';
import { insertDeployment, listTargets, type NewTarget, recordProgress } from './deployments.repository.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      DB: D1Database;
    }
  }
}

const db = openDatabase(env.DB);
const ids: IdSource = { now: () => Date.now(), randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)) };
const created_at = new Date().toISOString();

const newTarget = (): NewTarget => ({
  id: newId('tgt', ids),
  device_id: newId('dev', ids),
  device_key: 'self',
  device_name: 'lab',
  host_id: newId('host', ids),
  item_index: 0,
  item: 'uptime',
  wave: 0,
  undoes: null,
});

const counts = { pending: 0, running: 0, completed: 0, skipped: 0, canceled: 0, success_rate: 0 };

test('a thousand targets that failed with all that may be said of each are recorded', async () => {
  const team_id = newId('team', ids);
  const id = newId('dep', ids);
  const targets = Array.from({ length: 1000 }, newTarget);
  const spec = Spec.parse({ action: { kind: 'command', command: 'uptime' } });
  await db.batch(
    insertDeployment(db, team_id, {
      id,
      name: 'uptime',
      spec,
      items: [],
      created_by: null,
      created_by_id: null,
      created_at,
      file_ids: [],
      targets,
      waves: 1,
      parent: null,
      activates: null,
    }),
  );
  const summary = {
    id,
    name: 'uptime',
    kind: 'command' as const,
    status: 'failed' as const,
    created_by: null,
    created_at,
    started_at: created_at,
    ended_at: created_at,
    strategy: 'parallel' as const,
    wave: 1,
    waves: 1,
    gate: null,
    stop_reason: null,
    parent: null,
    rollback_id: null,
    total_targets: 1000,
    failed: 1000,
    ...counts,
    version: 1,
  };
  const ended = targets.map((target) => ({
    ...target,
    status: 'failed' as const,
    attempt: 1,
    progress_percent: null,
    result_message: 'exited with code 1',
    error_details: 'é'.repeat(MAX_DETAILS_CHARACTERS),
    exit_code: 1,
    waiting_for: null,
    started_at: created_at,
    completed_at: created_at,
    wave: 1,
    undo: null,
    version: 1,
  }));
  await recordProgress(db, team_id, summary, [ended], null);
  const recorded = await listTargets(db, team_id, id, { status: 'failed', after: null, limit: 2000 });
  expect(recorded).toHaveLength(1000);
});

test('an older switch of blue and green that is recorded again changes nothing', async () => {
  const team_id = newId('team', ids);
  const [blue_group_id, green_group_id] = [newId('grp', ids), newId('grp', ids)];
  const color = (active: 'blue' | 'green', switched_at: string) => ({
    blue_group_id,
    green_group_id,
    active,
    deployment_id: newId('dep', ids),
    switched_at,
  });
  const first = color('green', '2026-03-01T12:00:00.000Z');
  const second = color('blue', '2026-03-01T12:05:00.000Z');
  for (const one of [first, second, first]) await db.batch([recordActiveColor(db, team_id, one)]);
  expect(await findActiveColor(db, team_id, blue_group_id, green_group_id)).toEqual(second);
});

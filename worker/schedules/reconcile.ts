/**
 * Goes after schedules that were left behind: lost alarms and definitions, runs of whose end nobody heard, devices that are gone, a
 * clock that went back. Part of the one-minute cron trigger; what it repairs it logs.
 */
import {
  findOrphanedSchedules,
  findOverdueSchedules,
  findSchedulesAhead,
  findStaleRuns,
  findUndefinedSchedules,
  findUnexpiredSchedules,
} from '#database/schedule-reconcile.repository.ts';
import { findScheduleRow, updateSchedule } from '#database/schedules.repository.ts';
import { timesOf } from '#domain/schedule/times.ts';
import type { Env } from '#durable-objects/env.ts';
import { slices } from '#durable-objects/slices.ts';
import { assertInvariant } from '#protocol/assert.ts';
import type { DeviceId, ScheduleId, TeamId } from '#protocol/ids.ts';
import type { Dependencies } from '../context.ts';
import { definitionOf } from './definition.ts';
import { settingsOf, usesOf } from './draft-schedule.ts';
import { requestOf } from './edit-schedule.ts';

/** An alarm fires within a moment, and the record follows within a second; shorter than a person would wait before asking. */
const OVERDUE_AFTER_MS = 30_000;

/** Objects asked at once. */
const AT_ONCE = 10;

type Repair = { id: ScheduleId; repair: () => Promise<string[]> };

const inSlices = async (dependencies: Dependencies, repairs: readonly Repair[]): Promise<void> => {
  for await (const some of slices(repairs, AT_ONCE)) await Promise.all(some.map((one) => repairOne(dependencies, one)));
};

/** One that fails keeps no other from being repaired. */
const repairOne = async ({ log }: Dependencies, { id, repair }: Repair): Promise<void> => {
  try {
    for (const what of await repair()) log('schedule.repaired', { schedule_id: id, what });
  } catch (error) {
    log('schedule.repair_failed', { schedule_id: id, error: String(error) });
  }
};

/** Schedules that should have fired or ended, or whose runs should have. */
export const wakeOverdueSchedules = async (env: Env, dependencies: Dependencies): Promise<void> => {
  const db = dependencies.database(env);
  const now = dependencies.clock();
  const before = new Date(now.getTime() - OVERDUE_AFTER_MS).toISOString();
  const [overdue, unexpired, ahead, stale] = await Promise.all([
    findOverdueSchedules(db, before),
    findUnexpiredSchedules(db, before),
    findSchedulesAhead(db, now.toISOString()),
    findStaleRuns(db, before),
  ]);
  const ids = new Set<ScheduleId>([
    ...[...overdue, ...unexpired, ...ahead].map(({ id }) => id),
    ...stale.map(({ schedule_id }) => schedule_id),
  ]);
  await inSlices(
    dependencies,
    [...ids].map((id) => ({ id, repair: () => dependencies.schedule(env, id).look() })),
  );
};

/** Tells objects the definitions that never reached them. */
export const defineLostSchedules = async (env: Env, dependencies: Dependencies): Promise<void> => {
  const rows = await findUndefinedSchedules(dependencies.database(env));
  await inSlices(
    dependencies,
    rows.map((row) => ({
      id: row.id,
      repair: async () => {
        const answer = await dependencies.schedule(env, row.id).define(definitionOf(row));
        return [answer.ok ? `told its definition ${row.version}` : `refused its definition: ${answer.message}`];
      },
    })),
  );
};

type Orphan = { id: ScheduleId; team_id: TeamId; gone: DeviceId[]; left: number };

const withoutDevices = async (env: Env, dependencies: Dependencies, orphan: Orphan): Promise<string[]> => {
  const { id, team_id, gone, left } = orphan;
  if (left === 0) {
    await dependencies.schedule(env, id).end('The devices that it named are gone');
    return ['ended it: all its devices are gone'];
  }
  const db = dependencies.database(env);
  const row = await findScheduleRow(db, team_id, id);
  if (row === null) return [];
  const missing = new Set(gone);
  const stored = requestOf(row);
  const edited = { ...stored, device_ids: stored.device_ids.filter((device) => !missing.has(device)) };
  const read = timesOf(edited);
  assertInvariant(read.ok, 'the times of a stored schedule were checked');
  const edit = {
    ...settingsOf(edited, row.what, read.times),
    version: row.version + 1,
    updated_at: row.updated_at,
    next_run_at: row.next_run_at,
  };
  if (!(await updateSchedule(db, team_id, row, edit, usesOf(edited), []))) return [];
  await dependencies.schedule(env, id).define(definitionOf({ ...row, ...edit }));
  return [`took out ${gone.length} devices that are gone`];
};

/** Schedules that name devices of deleted hosts go on without them, or end when none is left. */
export const forgetGoneDevices = async (env: Env, dependencies: Dependencies): Promise<void> => {
  const orphans = await findOrphanedSchedules(dependencies.database(env));
  await inSlices(
    dependencies,
    orphans.map((orphan) => ({ id: orphan.id, repair: () => withoutDevices(env, dependencies, orphan) })),
  );
};

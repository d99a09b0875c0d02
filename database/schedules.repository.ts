/** SQL of schedules as people make and change them. What their objects keep of them is in `schedule-records.repository.ts`. */
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Schedule } from '#protocol/http/schedules.ts';
import type { ScheduleId, TeamId } from '#protocol/ids.ts';
import { Recurrence } from '#protocol/recurrence.ts';
import { Spec } from '#protocol/spec.ts';
import { withoutSecrets } from '#protocol/spec-secrets.ts';
import { type Database, type Statement, statement } from './database.ts';
import { executions, scheduleRuns, schedules, scheduleUses } from './schedules.tables.ts';

export type ScheduleRow = typeof schedules.$inferSelect;
/** What a schedule names besides its own settings. */
export type ScheduleUse = { kind: (typeof scheduleUses.$inferSelect)['kind']; used_id: string };
export type UsesOfSchedule = { id: ScheduleId; uses: readonly ScheduleUse[] };

/** Secrets stay sealed. */
export const specOf = (row: ScheduleRow): Spec => Spec.parse(JSON.parse(row.spec));
export const recurrenceOf = (row: ScheduleRow): Recurrence => Recurrence.parse(JSON.parse(row.recurrence));

export const isSchedule = (team: TeamId, id: ScheduleId) => and(eq(schedules.team_id, team), eq(schedules.id, id));

const insertUses = (db: Database, team: TeamId, of: readonly UsesOfSchedule[], condition: SQL): Statement => {
  const rows = of.flatMap(({ id, uses }) => uses.map((use) => ({ ...use, schedule_id: id })));
  return statement(
    db,
    sql`insert or ignore into schedule_uses (schedule_id, team_id, kind, used_id)
    select value ->> 'schedule_id', ${team}, value ->> 'kind', value ->> 'used_id' from json_each(${JSON.stringify(rows)})
    where ${condition}`,
  );
};

/** The statements that write schedules with what they use; run them in one batch. */
export const insertSchedules = (
  db: Database,
  team: TeamId,
  rows: readonly ScheduleRow[],
  uses: readonly UsesOfSchedule[],
): Statement[] => [
  ...rows.map((row) => db.insert(schedules).values({ ...row, team_id: team })),
  insertUses(db, team, uses, sql`true`),
];

export const findScheduleRow = async (db: Database, team: TeamId, id: ScheduleId): Promise<ScheduleRow | null> =>
  (await db.select().from(schedules).where(isSchedule(team, id)).get()) ?? null;

/** What a person decided, as columns. */
export type ScheduleSettings = Pick<
  ScheduleRow,
  | 'name'
  | 'kind'
  | 'what'
  | 'spec'
  | 'recurrence'
  | 'timezone'
  | 'start_date'
  | 'end_date'
  | 'max_executions'
  | 'count'
  | 'overlap'
  | 'if_reserved'
  | 'misfire'
  | 'cron_expression'
  | 'description'
>;
export type ScheduleEdit = ScheduleSettings & Pick<ScheduleRow, 'updated_at' | 'version' | 'next_run_at'>;

/**
 * False when the schedule has changed since `before` was read: what was decided from it does not hold any more. `uses` is null
 * when they stay. `alsoWrite` is to look whether the statement before it changed a row.
 */
export const updateSchedule = async (
  db: Database,
  team: TeamId,
  before: ScheduleRow,
  edit: ScheduleEdit,
  uses: readonly ScheduleUse[] | null,
  alsoWrite: readonly Statement[],
): Promise<boolean> => {
  const unchanged = and(isSchedule(team, before.id), eq(schedules.version, before.version));
  const stands = sql`exists (select 1 from ${schedules} where ${unchanged})`;
  const replaced = and(eq(scheduleUses.team_id, team), eq(scheduleUses.schedule_id, before.id), stands);
  const update = db.update(schedules).set(edit).where(unchanged).returning({ id: schedules.id });
  if (uses === null) return (await db.batch([update, ...alsoWrite]))[0].length > 0;
  const [, , changed] = await db.batch([
    db.delete(scheduleUses).where(replaced),
    insertUses(db, team, [{ id: before.id, uses }], stands),
    update,
    ...alsoWrite,
  ]);
  return changed.length > 0;
};

/** With its history. The deployments that it fired stay for as long as the team keeps history. */
export const deleteSchedule = (db: Database, team: TeamId, id: ScheduleId) =>
  [
    db.delete(executions).where(and(eq(executions.team_id, team), eq(executions.schedule_id, id))),
    db.delete(scheduleRuns).where(and(eq(scheduleRuns.team_id, team), eq(scheduleRuns.schedule_id, id))),
    db.delete(scheduleUses).where(and(eq(scheduleUses.team_id, team), eq(scheduleUses.schedule_id, id))),
    db.delete(schedules).where(isSchedule(team, id)),
  ] as const;

/** As it is shown: without secrets (the row's own text of the spec has them, sealed), and without what only objects look at. */
export const scheduleFrom = (row: ScheduleRow, target_names: string[]): Schedule => {
  const { name: _name, ...spec } = withoutSecrets(specOf(row));
  const { version: _1, defined_version: _2, state_version: _3, team_id: _4, created_by_id: _5, ...settings } = row;
  const { spec: _spec, ...shown } = settings;
  return { ...shown, ...spec, recurrence: recurrenceOf(row), target_names };
};

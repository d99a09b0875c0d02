/** Schedules and runs that were left behind, of all teams: for the cron trigger, a bounded number at a time. */
import { and, asc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { DeviceId, ScheduleId, TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { deployments } from './deployments.tables.ts';
import { LIVE_SCHEDULE } from './schedule-uses.ts';
import type { ScheduleRow } from './schedules.repository.ts';
import { scheduleRuns, schedules } from './schedules.tables.ts';

/** One run's share: each takes a call or two to an object. The rest is the next minute's. */
const MAX_PER_RUN = 50;

const place = { id: schedules.id, team_id: schedules.team_id };

/** Active ones whose next run was due before `before`: their alarm was lost, or their object has not told yet. */
export const findOverdueSchedules = (db: Database, before: string) =>
  db
    .select({ ...place, next_run_at: schedules.next_run_at })
    .from(schedules)
    .where(and(eq(schedules.status, 'active'), lt(schedules.next_run_at, before)))
    .orderBy(asc(schedules.next_run_at))
    .limit(MAX_PER_RUN);

/** Live ones whose end date was before `before`, and still do not say so. */
export const findUnexpiredSchedules = (db: Database, before: string) =>
  db
    .select(place)
    .from(schedules)
    .where(and(inArray(schedules.status, [...LIVE_SCHEDULE]), lt(schedules.end_date, before)))
    .limit(MAX_PER_RUN);

/** Active ones that ran after `now`, and will not run again before that: the clock went back. */
export const findSchedulesAhead = (db: Database, now: string) =>
  db
    .select(place)
    .from(schedules)
    .where(
      and(
        eq(schedules.status, 'active'),
        gt(schedules.last_run_at, now),
        gt(schedules.next_run_at, schedules.last_run_at),
      ),
    )
    .limit(MAX_PER_RUN);

/** Their objects have not got the latest definition. Those that have ended need none. */
export const findUndefinedSchedules = (db: Database, limit: number = MAX_PER_RUN): Promise<ScheduleRow[]> =>
  db
    .select()
    .from(schedules)
    .where(and(sql`defined_version < version`, inArray(schedules.status, [...LIVE_SCHEDULE])))
    .orderBy(asc(schedules.id))
    .limit(limit);

const Orphaned = z.array(
  z.object({
    id: ScheduleId,
    team_id: TeamId,
    gone: z.string().transform((text) => z.array(DeviceId).parse(JSON.parse(text))),
    left: z.int(),
  }),
);

/**
 * Live schedules that name devices which are gone: the device itself, or with its host. `left` counts the devices and groups
 * that are still there.
 */
export const findOrphanedSchedules = async (db: Database): Promise<z.output<typeof Orphaned>> =>
  Orphaned.parse(
    await db.all(sql`
      select s.id, s.team_id, json_group_array(used.used_id) filter (where missing) as gone,
        count(*) filter (where not missing) as "left"
      from (select u.schedule_id, u.used_id, u.kind = 'device' and not exists (
          select 1 from devices d where d.id = u.used_id and d.team_id = u.team_id) as missing
        from schedule_uses u where u.kind in ('device', 'group')) used
      join schedules s on s.id = used.schedule_id
      where s.status in ('active', 'paused')
      group by s.id having max(missing) = 1
      order by s.id limit ${MAX_PER_RUN}`),
  );

/** Runs that the ledger says go on, though their deployment had ended before `before`. */
export const findStaleRuns = (db: Database, before: string) =>
  db
    .select({
      schedule_id: scheduleRuns.schedule_id,
      team_id: scheduleRuns.team_id,
      scheduled_at: scheduleRuns.scheduled_at,
      deployment_id: deployments.id,
    })
    .from(scheduleRuns)
    .innerJoin(deployments, eq(deployments.id, scheduleRuns.deployment_id))
    // As the partial index has it.
    .where(and(sql`${scheduleRuns.outcome} in ('due', 'running')`, lt(deployments.ended_at, before)))
    .orderBy(asc(scheduleRuns.scheduled_at))
    .limit(MAX_PER_RUN);

/** The numbers of schedules and of what they ran, each counted in one read. */
import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ExecutionStats, ScheduleStats } from '#protocol/http/schedules.ts';
import type { ScheduleId, TeamId } from '#protocol/ids.ts';
import { Instant } from '#protocol/text.ts';
import type { Database } from './database.ts';

/** A read of more takes D1 seconds; the newest tell how things are. */
const MAX_ROWS = 50_000;

const Counted = z.object({
  total: z.int(),
  completed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  duration_avg: z.number().nullable(),
  duration_p95: z.number().nullable(),
  lateness_avg: z.number().nullable(),
  lateness_p95: z.number().nullable(),
});

const secondsFrom = (start: SQL, end: SQL): SQL => sql`(julianday(${end}) - julianday(${start})) * 86400`;

/** The 95th percentile by nearest rank: the smallest value that at least 95 of 100 do not pass. */
const p95Of = (values: SQL): SQL =>
  sql`(select value from (select value, row_number() over (order by value) as place, count(*) over () as total
    from ${values}) where place = (95 * total + 99) / 100)`;

const oneDecimal = (value: number): number => Math.round(value * 10) / 10;
/** Instants are kept in milliseconds; what `julianday` adds below them is noise. */
const milliseconds = (value: number | null): number | null => (value === null ? null : Math.round(value * 1000) / 1000);

const statsFrom = (counted: z.infer<typeof Counted>): ExecutionStats => {
  const { total, completed, failed, skipped } = counted;
  const ended = completed + failed;
  return {
    total,
    completed,
    failed,
    skipped,
    success_rate: ended === 0 ? null : oneDecimal((100 * completed) / ended),
    duration_seconds: { avg: milliseconds(counted.duration_avg), p95: milliseconds(counted.duration_p95) },
    lateness_seconds: { avg: milliseconds(counted.lateness_avg), p95: milliseconds(counted.lateness_p95) },
  };
};

/** Of one schedule, or with null of all that the team has. */
export const executionStats = async (
  db: Database,
  team: TeamId,
  schedule: ScheduleId | null,
): Promise<ExecutionStats> => {
  const one = schedule === null ? sql`` : sql`and schedule_id = ${schedule}`;
  const duration = secondsFrom(sql`started_at`, sql`completed_at`);
  const lateness = secondsFrom(sql`scheduled_at`, sql`fired_at`);
  const row: unknown = await db.get(sql`
    with ran as (select status, ${duration} as seconds from executions where team_id = ${team} ${one}
        order by id desc limit ${MAX_ROWS}),
      durations as (select seconds as value from ran where status in ('completed', 'failed') and seconds is not null),
      fired as (select ${lateness} as value from schedule_runs
        where team_id = ${team} ${one} and kind <> 'manual' and fired_at is not null
        order by scheduled_at desc limit ${MAX_ROWS})
    select count(*) as total,
      count(*) filter (where status = 'completed') as completed,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'skipped') as skipped,
      (select avg(value) from durations) as duration_avg,
      ${p95Of(sql`durations`)} as duration_p95,
      (select avg(value) from fired) as lateness_avg,
      ${p95Of(sql`fired`)} as lateness_p95
    from ran`);
  return statsFrom(Counted.parse(row));
};

const CountedSchedules = z.object({
  total: z.int(),
  active: z.int(),
  paused: z.int(),
  running: z.int(),
  next_run_at: Instant.nullable(),
});

export const countSchedules = async (db: Database, team: TeamId): Promise<Omit<ScheduleStats, 'executions'>> => {
  const row: unknown = await db.get(sql`
    select count(*) as total,
      count(*) filter (where status = 'active') as active,
      count(*) filter (where status = 'paused') as paused,
      count(*) filter (where is_running = 1) as running,
      min(next_run_at) filter (where status = 'active') as next_run_at
    from schedules where team_id = ${team}`);
  const counted = CountedSchedules.parse(row);
  return { ...counted, ended: counted.total - counted.active - counted.paused };
};

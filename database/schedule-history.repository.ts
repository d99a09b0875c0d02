/** What ran: executions and the ledger, as lists. Both belong to a schedule that is there: they go with it. */
import { and, asc, desc, eq, exists, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { ExecutionQuery, LedgerEntry, LedgerQuery, ListedExecution } from '#protocol/http/schedules.ts';
import type { ScheduleId, TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { after, containing, limitOf, type Page, pageFrom } from './page.ts';
import { reportFiles } from './reports.tables.ts';
import { executions, scheduleRuns, schedules } from './schedules.tables.ts';

const secondsBetween = (start: string | null, end: string | null): number | null =>
  start === null || end === null ? null : (Date.parse(end) - Date.parse(start)) / 1000;

/** Instants compare as texts, so each must have its milliseconds. */
const asKept = (instant: string): string => new Date(instant).toISOString();

const hasReport = (db: Database): SQL =>
  exists(db.select({ one: sql`1` }).from(reportFiles).where(eq(reportFiles.target_id, executions.target_id)));

const executionColumns = (db: Database) => ({
  id: executions.id,
  schedule_id: executions.schedule_id,
  schedule_name: sql<string>`${schedules.name}`.as('schedule_name'),
  kind: executions.kind,
  device_id: executions.device_id,
  device_name: executions.device_name,
  deployment_id: executions.deployment_id,
  target_id: executions.target_id,
  scheduled_at: executions.scheduled_at,
  started_at: executions.started_at,
  completed_at: executions.completed_at,
  status: executions.status,
  success: executions.success,
  skip_reason: executions.skip_reason,
  error_message: executions.error_message,
  has_report: hasReport(db).mapWith(Boolean).as('has_report'),
});

const matching = (q: string): SQL =>
  sql`(${containing(executions.device_name, q)} or ${containing(executions.skip_reason, q)}
    or ${containing(executions.error_message, q)})`;

export type ExecutionFilter = ExecutionQuery & { schedule_id?: ScheduleId | undefined };

/** Of a schedule or of the whole team, newest first. */
export const listExecutions = async (
  db: Database,
  team: TeamId,
  filter: ExecutionFilter,
): Promise<Page<ListedExecution>> => {
  const rows = await db
    .select(executionColumns(db))
    .from(executions)
    .innerJoin(schedules, eq(schedules.id, executions.schedule_id))
    .where(
      and(
        eq(executions.team_id, team),
        filter.schedule_id === undefined ? undefined : eq(executions.schedule_id, filter.schedule_id),
        filter.status === undefined ? undefined : eq(executions.status, filter.status),
        filter.device_id === undefined ? undefined : eq(executions.device_id, filter.device_id),
        filter.from === undefined ? undefined : gte(executions.scheduled_at, asKept(filter.from)),
        filter.to === undefined ? undefined : lte(executions.scheduled_at, asKept(filter.to)),
        filter.q === undefined ? undefined : matching(filter.q),
        after(executions.id, filter),
      ),
    )
    .orderBy(desc(executions.id))
    .limit(limitOf(filter));
  const listed = rows.map((row) => ({ ...row, duration_seconds: secondsBetween(row.started_at, row.completed_at) }));
  return pageFrom(listed, filter);
};

const ledgerColumns = {
  schedule_id: scheduleRuns.schedule_id,
  scheduled_at: scheduleRuns.scheduled_at,
  kind: scheduleRuns.kind,
  outcome: scheduleRuns.outcome,
  reason: scheduleRuns.reason,
  deployment_id: scheduleRuns.deployment_id,
  fired_at: scheduleRuns.fired_at,
  ended_at: scheduleRuns.ended_at,
  until: scheduleRuns.until,
};

/** By the scheduled instant, newest first, so the cursor is one. */
export const listLedger = async (
  db: Database,
  team: TeamId,
  id: ScheduleId,
  filter: LedgerQuery,
): Promise<Page<LedgerEntry>> => {
  const rows = await db
    .select(ledgerColumns)
    .from(scheduleRuns)
    .where(
      and(
        eq(scheduleRuns.team_id, team),
        eq(scheduleRuns.schedule_id, id),
        filter.outcome === undefined ? undefined : eq(scheduleRuns.outcome, filter.outcome),
        filter.cursor === undefined ? undefined : lt(scheduleRuns.scheduled_at, asKept(filter.cursor)),
      ),
    )
    .orderBy(desc(scheduleRuns.scheduled_at))
    .limit(filter.limit + 1);
  const items = rows.slice(0, filter.limit);
  return { items, next_cursor: rows.length > filter.limit ? (items.at(-1)?.scheduled_at ?? null) : null };
};

/** The team's ledger between two instants, both inclusive, in order of time. */
export const listLedgerBetween = (db: Database, team: TeamId, from: string, to: string, limit: number) =>
  db
    .select({ ...ledgerColumns, name: sql<string>`${schedules.name}`.as('schedule_name') })
    .from(scheduleRuns)
    .innerJoin(schedules, eq(schedules.id, scheduleRuns.schedule_id))
    .where(
      and(eq(scheduleRuns.team_id, team), gte(scheduleRuns.scheduled_at, from), lte(scheduleRuns.scheduled_at, to)),
    )
    .orderBy(asc(scheduleRuns.scheduled_at))
    .limit(limit);

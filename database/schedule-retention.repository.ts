/**
 * What is forgotten of what schedules ran: executions and ledger entries beyond the rules of their teams, never those of runs that go on,
 * and deployments that schedules fired and no execution is left of. All teams at once, a bounded number of rows at a time.
 */
import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { DEFAULT_HISTORY_RULES } from '#protocol/http/schedules.ts';
import { DeploymentId, ExecutionId } from '#protocol/ids.ts';
import { type Database, type Statement, statement } from './database.ts';

const TEAMS_WITH_RULES = sql`teams t left join team_history_rules rules on rules.team_id = t.id`;

const keepDays = sql`coalesce(rules.keep_days, ${DEFAULT_HISTORY_RULES.keep_days})`;
const keepNumber = sql`coalesce(rules.keep_executions, ${DEFAULT_HISTORY_RULES.keep_executions})`;

/** In the form in which instants are kept. */
const cutoff = (now: Date): SQL =>
  sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${now.toISOString()}, '-' || ${keepDays} || ' days')`;

const ENDED_DEPLOYMENT = sql`('completed', 'partial', 'failed', 'canceled')`;

const executionMayGo = sql`e.status in ('completed', 'failed', 'skipped') and not exists (
  select 1 from schedule_runs open where open.schedule_id = e.schedule_id and open.scheduled_at = e.scheduled_at
    and open.outcome in ('due', 'running'))`;

const Forgettable = z.array(z.object({ id: ExecutionId, deployment_id: DeploymentId.nullable() }));
export type ForgettableExecution = z.infer<typeof Forgettable>[number];

/** Older than their team keeps. A cross join goes from the teams to the oldest rows of each, by their index. */
export const listOldExecutions = async (db: Database, now: Date, limit: number): Promise<ForgettableExecution[]> =>
  Forgettable.parse(
    await db.all(sql`select e.id, e.deployment_id from ${TEAMS_WITH_RULES}
      cross join executions e on e.team_id = t.id and e.scheduled_at < ${cutoff(now)}
      where ${executionMayGo} limit ${limit}`),
  );

/** To find what is too many takes a read of all that is kept: each run looks at one part of the schedules. */
export type Part = { part: number; of: number };

const inPart = ({ part, of }: Part): SQL => sql`s.rowid % ${of} = ${part}`;

/** Rows of the part's schedules, each with its place among those of its schedule, the newest first, and how many of them are kept. */
const placed = (rows: 'executions' | 'schedule_runs', newest: 'id' | 'scheduled_at', part: Part): SQL =>
  sql`(select row.rowid as rowid, row.*, ${keepNumber} as keep,
      row_number() over (partition by row.schedule_id order by row.${sql.identifier(newest)} desc) as place
    from schedules s left join team_history_rules rules on rules.team_id = s.team_id
    cross join ${sql.identifier(rows)} row on row.schedule_id = s.id where ${inPart(part)})`;

/** More than their team keeps of one schedule. */
export const listExcessExecutions = async (db: Database, part: Part, limit: number): Promise<ForgettableExecution[]> =>
  Forgettable.parse(
    await db.all(sql`select e.id, e.deployment_id from ${placed('executions', 'id', part)} e
      where e.place > e.keep and ${executionMayGo} limit ${limit}`),
  );

const Ids = z.array(z.object({ id: DeploymentId }));

/** Fired by schedules that were deleted since, or without a trace in the history: these go by their age. */
export const listOldDeployments = async (db: Database, now: Date, limit: number): Promise<DeploymentId[]> => {
  const rows = await db.all(sql`select d.id from ${TEAMS_WITH_RULES}
    cross join deployments d on d.team_id = t.id and d.schedule_id is not null and d.created_at < ${cutoff(now)}
    where d.ended_at < ${cutoff(now)} and ${deploymentMayGo} limit ${limit}`);
  return Ids.parse(rows).map(({ id }) => id);
};

const deploymentMayGo = sql`d.status in ${ENDED_DEPLOYMENT}
  and not exists (select 1 from executions left_over where left_over.deployment_id = d.id)
  and not exists (select 1 from schedule_runs open where open.schedule_id = d.schedule_id
    and open.scheduled_at = d.scheduled_at and open.outcome in ('due', 'running'))
  and not exists (select 1 from deployments derived where derived.parent_id = d.id
    and derived.status not in ${ENDED_DEPLOYMENT})`;

/** The statements by which those of `ids` go that nothing needs; their output and reports are due to leave the bucket. */
const deleteDeployments = (db: Database, ids: readonly DeploymentId[], at: string): Statement[] => {
  const given = JSON.stringify(ids);
  const gone = sql`(select d.id from deployments d where d.id in (select value from json_each(${given}))
    and d.schedule_id is not null and ${deploymentMayGo})`;
  const targets = sql`(select id from deployment_targets where deployment_id in ${gone})`;
  const leftovers = (folder: string, condition: SQL) =>
    sql`insert or ignore into file_leftovers (object_key, due_at)
      select ${folder} || d.team_id || '/' || d.id || '/', ${at} from deployments d where d.id in ${gone} and ${condition}`;
  const withReports = sql`exists (select 1 from deployment_targets of_it
    join report_files on report_files.target_id = of_it.id where of_it.deployment_id = d.id)`;
  return [
    leftovers('logs/', sql`true`),
    leftovers('reports/', withReports),
    sql`delete from report_files where target_id in ${targets}`,
    sql`delete from report_omissions where target_id in ${targets}`,
    sql`update schedule_runs set deployment_id = null where (schedule_id, scheduled_at) in (
      select fired.schedule_id, fired.scheduled_at from deployments fired where fired.id in ${gone})`,
    sql`delete from deployment_files where deployment_id in ${gone}`,
    sql`delete from deployment_targets where deployment_id in ${gone}`,
    sql`delete from deployments where id in ${gone}`,
  ].map((query) => statement(db, query));
};

/** In one transaction; a deployment goes with the last of its executions. */
export const forgetExecutions = async (
  db: Database,
  forgettable: readonly ForgettableExecution[],
  alsoDeployments: readonly DeploymentId[],
  now: Date,
): Promise<void> => {
  const ids = JSON.stringify(forgettable.map(({ id }) => id));
  const fired = new Set([...forgettable.flatMap(({ deployment_id }) => deployment_id ?? []), ...alsoDeployments]);
  await db.batch([
    statement(
      db,
      sql`delete from executions as e where e.id in (select value from json_each(${ids})) and ${executionMayGo}`,
    ),
    ...deleteDeployments(db, [...fired], now.toISOString()),
  ]);
};

const entryMayGo = sql`entry.outcome not in ('due', 'running')`;

/** Ledger entries beyond the rules, by age and by number. */
export const forgetLedger = async (db: Database, now: Date, part: Part, limit: number): Promise<void> => {
  const old = sql`select entry.rowid from ${TEAMS_WITH_RULES}
    cross join schedule_runs entry on entry.team_id = t.id and entry.scheduled_at < ${cutoff(now)}
    where coalesce(entry.until, entry.scheduled_at) < ${cutoff(now)} and ${entryMayGo} limit ${limit}`;
  const excess = sql`select entry.rowid from ${placed('schedule_runs', 'scheduled_at', part)} entry
    where entry.place > entry.keep and ${entryMayGo} limit ${limit}`;
  await db.batch([
    statement(db, sql`delete from schedule_runs where rowid in (${old})`),
    statement(db, sql`delete from schedule_runs where rowid in (${excess})`),
  ]);
};

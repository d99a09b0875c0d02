/** Which schedules a host has: those that name one of its devices, or a group that one of them is in. */
import { and, eq, sql } from 'drizzle-orm';
import type { HostId, ScheduleId, TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { listLabeledDevices } from './devices.repository.ts';
import { selectBy } from './groups.repository.ts';
import { groups } from './groups.tables.ts';
import { inIds } from './hosts.repository.ts';
import { schedules, scheduleUses } from './schedules.tables.ts';

/** More than a person reads at the start of an agent. */
const MAX_LISTED = 200;

const namedDirectly = (team: TeamId, host: HostId) =>
  sql`${schedules.id} in (
    select u.schedule_id from devices d join schedule_uses u on u.used_id = d.id and u.kind = 'device'
      where d.host_id = ${host} and d.team_id = ${team}
    union select u.schedule_id from devices d join group_members m on m.device_id = d.id
      join schedule_uses u on u.used_id = m.group_id and u.kind = 'group' where d.host_id = ${host} and d.team_id = ${team})`;

/** Selectors are evaluated over the devices of the one host. */
const namedBySelector = async (db: Database, team: TeamId, host: HostId): Promise<ScheduleId[]> => {
  const rows = await db
    .select({ schedule_id: scheduleUses.schedule_id, selector: sql<string>`${groups.selector}`.as('selector') })
    .from(scheduleUses)
    .innerJoin(schedules, and(eq(schedules.id, scheduleUses.schedule_id), eq(schedules.status, 'active')))
    .innerJoin(groups, eq(groups.id, scheduleUses.used_id))
    .where(and(eq(scheduleUses.team_id, team), eq(scheduleUses.kind, 'group'), sql`${groups.selector} is not null`));
  if (rows.length === 0) return [];
  const own = await listLabeledDevices(db, team, host);
  return rows.filter(({ selector }) => selectBy(selector, own).length > 0).map(({ schedule_id }) => schedule_id);
};

/** Active ones, the soonest first, and how many there are. */
export const listSchedulesOfHost = async (db: Database, team: TeamId, host: HostId) => {
  const selected = await namedBySelector(db, team, host);
  const picked =
    selected.length === 0
      ? namedDirectly(team, host)
      : sql`(${namedDirectly(team, host)} or ${inIds(schedules.id, selected)})`;
  const rows = await db
    .select({
      active: sql<number>`count(*) over ()`.as('active'),
      name: schedules.name,
      cron_expression: schedules.cron_expression,
      description: schedules.description,
      next_run_at: schedules.next_run_at,
      last_run_at: schedules.last_run_at,
      execution_count: schedules.execution_count,
      max_executions: schedules.max_executions,
    })
    .from(schedules)
    .where(and(eq(schedules.team_id, team), eq(schedules.status, 'active'), picked))
    .orderBy(schedules.next_run_at)
    .limit(MAX_LISTED);
  return { active: rows[0]?.active ?? 0, listed: rows };
};

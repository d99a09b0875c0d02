/** Lists of schedules. */
import { and, asc, desc, eq, isNotNull, lte, type SQL, sql } from 'drizzle-orm';
import type { ScheduleQuery, ScheduleSummary } from '#protocol/http/schedules.ts';
import type { DeviceId, GroupId, TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { after, containing, limitOf, type Page, pageFrom } from './page.ts';
import { showSchedules } from './schedule-targets.repository.ts';
import type { ScheduleRow } from './schedules.repository.ts';
import { schedules } from './schedules.tables.ts';

/** Groups with a selector have no members: what they come out to is known when they are used. */
const reachesDevice = (team: TeamId, id: DeviceId): SQL =>
  sql`${schedules.id} in (select schedule_id from schedule_uses where team_id = ${team} and (
    (kind = 'device' and used_id = ${id}) or (kind = 'group' and used_id in (
      select group_id from group_members where team_id = ${team} and device_id = ${id}))))`;

const reachesGroup = (team: TeamId, id: GroupId): SQL =>
  sql`${schedules.id} in (
    select schedule_id from schedule_uses where team_id = ${team} and kind = 'group' and used_id = ${id})`;

const matching = (q: string): SQL =>
  sql`(${containing(schedules.name, q)} or ${containing(schedules.what, q)} or ${schedules.id} = ${q})`;

const summaryOf = <Shown extends { action: unknown; health_check: unknown }>({
  action: _action,
  health_check: _check,
  ...summary
}: Shown) => summary;

export const listSchedules = async (
  db: Database,
  team: TeamId,
  filter: ScheduleQuery,
): Promise<Page<ScheduleSummary>> => {
  const rows = await db
    .select()
    .from(schedules)
    .where(
      and(
        eq(schedules.team_id, team),
        filter.status === undefined ? undefined : eq(schedules.status, filter.status),
        filter.kind === undefined ? undefined : eq(schedules.kind, filter.kind),
        filter.device_id === undefined ? undefined : reachesDevice(team, filter.device_id),
        filter.group_id === undefined ? undefined : reachesGroup(team, filter.group_id),
        filter.q === undefined ? undefined : matching(filter.q),
        after(schedules.id, filter),
      ),
    )
    .orderBy(desc(schedules.id))
    .limit(limitOf(filter));
  const page = pageFrom(rows, filter);
  return { ...page, items: (await showSchedules(db, team, page.items)).map(summaryOf) };
};

/** Active ones that run until `until`, the next to run first. */
export const listSchedulesRunningUntil = (
  db: Database,
  team: TeamId,
  until: string,
  limit: number,
): Promise<ScheduleRow[]> =>
  db
    .select()
    .from(schedules)
    .where(
      and(
        eq(schedules.team_id, team),
        eq(schedules.status, 'active'),
        isNotNull(schedules.next_run_at),
        lte(schedules.next_run_at, until),
      ),
    )
    .orderBy(asc(schedules.next_run_at), asc(schedules.id))
    .limit(limit);

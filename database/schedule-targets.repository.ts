/** Names of what schedules reach, for a whole page at once. */
import { and, eq, sql } from 'drizzle-orm';
import type { Schedule } from '#protocol/http/schedules.ts';
import type { TeamId } from '#protocol/ids.ts';
import type { Spec } from '#protocol/spec.ts';
import type { Database } from './database.ts';
import { deviceName } from './devices.repository.ts';
import { groups } from './groups.tables.ts';
import { inIds } from './hosts.repository.ts';
import { devices, hosts } from './hosts.tables.ts';
import { type ScheduleRow, scheduleFrom, specOf } from './schedules.repository.ts';

/** As many as fit into a cell of a table. */
const NAMED_TARGETS = 3;

/** Groups that a spec reaches: those of blue and green are in its strategy. */
export const groupsOfSpec = ({ strategy, group_ids }: Pick<Spec, 'strategy' | 'group_ids'>): string[] =>
  strategy.type === 'blue_green' ? [strategy.blue_group_id, strategy.green_group_id] : group_ids;

const firstTargets = (spec: Pick<Spec, 'strategy' | 'group_ids' | 'device_ids'>): string[] =>
  [...spec.device_ids.slice(0, NAMED_TARGETS), ...groupsOfSpec(spec)].slice(0, NAMED_TARGETS);

const namesOf = async (db: Database, team: TeamId, ids: readonly string[]): Promise<Map<string, string>> => {
  const [named, grouped] = await db.batch([
    db
      .select({ id: sql<string>`${devices.id}`.as('device_id'), name: deviceName.as('device_name') })
      .from(devices)
      .innerJoin(hosts, eq(hosts.id, devices.host_id))
      .where(and(eq(devices.team_id, team), inIds(devices.id, ids))),
    db
      .select({ id: groups.id, name: groups.name })
      .from(groups)
      .where(and(eq(groups.team_id, team), inIds(groups.id, ids))),
  ]);
  return new Map([...named, ...grouped].map(({ id, name }) => [id, name]));
};

const shown = (row: ScheduleRow, names: ReadonlyMap<string, string>): Schedule =>
  scheduleFrom(
    row,
    firstTargets(specOf(row)).flatMap((id) => names.get(id) ?? []),
  );

/** Rows as they are shown; what was deleted has no name. */
export const showSchedules = async (db: Database, team: TeamId, rows: readonly ScheduleRow[]): Promise<Schedule[]> => {
  const ids = [...new Set(rows.flatMap((row) => firstTargets(specOf(row))))];
  const names = ids.length === 0 ? new Map<string, string>() : await namesOf(db, team, ids);
  return rows.map((row) => shown(row, names));
};

export const showSchedule = async (db: Database, team: TeamId, row: ScheduleRow): Promise<Schedule> =>
  shown(row, await namesOf(db, team, firstTargets(specOf(row))));

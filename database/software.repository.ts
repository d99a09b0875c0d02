/** Reads and writes the software catalogue. */
import { and, desc, eq, not, type SQL, sql } from 'drizzle-orm';
import type { Software } from '#protocol/http/software.ts';
import type { SoftwareId, TeamId } from '#protocol/ids.ts';
import type { PackageType } from '#protocol/software.ts';
import type { Database } from './database.ts';
import { after, containing, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';
import { scheduleNeeds, schedulesThatNeed, type Use } from './schedule-uses.ts';
import { software } from './software.tables.ts';

const columns = {
  id: software.id,
  name: software.name,
  version: software.version,
  package_type: software.package_type,
  file_id: software.file_id,
  download_url: software.download_url,
  sha256: software.sha256,
  install_args: software.install_args,
  uninstall_command: software.uninstall_command,
  rollback_command: software.rollback_command,
  created_at: software.created_at,
};

export type SoftwareFilter = PageRequest & { q?: string | undefined; package_type?: PackageType | undefined };

const conditions = (teamId: TeamId, filter: SoftwareFilter): (SQL | undefined)[] => [
  eq(software.team_id, teamId),
  filter.q === undefined ? undefined : containing(software.name, filter.q),
  filter.package_type === undefined ? undefined : eq(software.package_type, filter.package_type),
  after(software.id, filter),
];

export const listSoftware = async (db: Database, teamId: TeamId, filter: SoftwareFilter): Promise<Page<Software>> => {
  const rows = await db
    .select(columns)
    .from(software)
    .where(and(...conditions(teamId, filter)))
    .orderBy(desc(software.id))
    .limit(limitOf(filter));
  return pageFrom(rows, filter);
};

const isEntry = (teamId: TeamId, id: SoftwareId) => and(eq(software.team_id, teamId), eq(software.id, id));

export const findSoftware = async (db: Database, teamId: TeamId, id: SoftwareId): Promise<Software | undefined> =>
  db.select(columns).from(software).where(isEntry(teamId, id)).get();

export const insertSoftware = (db: Database, teamId: TeamId, entry: Software) =>
  db.insert(software).values({ ...entry, team_id: teamId });

export const updateSoftware = (db: Database, teamId: TeamId, { id, ...fields }: Software) =>
  db.update(software).set(fields).where(isEntry(teamId, id));

/** Deletes nothing while a schedule that may fire again names it; returns the row when it was deleted. */
export const deleteUnusedSoftware = (db: Database, teamId: TeamId, id: SoftwareId) =>
  db
    .delete(software)
    .where(and(isEntry(teamId, id), not(scheduleNeeds('software', software.id, software.team_id))))
    .returning({ id: software.id });

/** The first few schedules that keep it from being deleted. */
export const listSoftwareUses = (db: Database, teamId: TeamId, id: SoftwareId, limit: number): Promise<Use[]> =>
  schedulesThatNeed(db, teamId, 'software', id).limit(limit);

/** The entries that the ids name, in the order of the ids, and the ids that name none of this team. */
export const resolveSoftware = async (
  db: Database,
  teamId: TeamId,
  ids: readonly SoftwareId[],
): Promise<{ found: Software[]; unknown: SoftwareId[] }> => {
  const rows = await db
    .select(columns)
    .from(software)
    .where(
      and(eq(software.team_id, teamId), sql`${software.id} in (select value from json_each(${JSON.stringify(ids)}))`),
    );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    found: ids.flatMap((id) => byId.get(id) ?? []),
    unknown: ids.filter((id) => !byId.has(id)),
  };
};

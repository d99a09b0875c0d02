/** Appends to and reads the audit log. */
import { and, desc, eq, gte, lte, type SQL, sql } from 'drizzle-orm';
import type { AuditEntry } from '#protocol/http/audit.ts';
import type { TeamId } from '#protocol/ids.ts';
import { auditEntries } from './audit.tables.ts';
import { type Database, statement } from './database.ts';
import { after, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

/** A statement for the batch of the change that the entry records. */
export const auditStatement = (db: Database, teamId: TeamId, entry: AuditEntry) =>
  db.insert(auditEntries).values({ ...entry, team_id: teamId });

/** The same, written only if the statement before it in the batch changed a row. */
export const auditIfChanged = (db: Database, teamId: TeamId, entry: AuditEntry) =>
  statement(
    db,
    sql`insert into ${auditEntries} (id, team_id, at, actor, action, subject_id, address, details)
    select ${entry.id}, ${teamId}, ${entry.at}, ${entry.actor}, ${entry.action}, ${entry.subject_id}, ${entry.address},
      ${JSON.stringify(entry.details)} where changes() > 0`,
  );

export type AuditFilter = PageRequest & {
  actor?: string | undefined;
  action?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

const conditions = (teamId: TeamId, filter: AuditFilter): (SQL | undefined)[] => [
  eq(auditEntries.team_id, teamId),
  filter.actor === undefined ? undefined : eq(auditEntries.actor, filter.actor),
  filter.action === undefined ? undefined : eq(auditEntries.action, filter.action),
  filter.from === undefined ? undefined : gte(auditEntries.at, filter.from),
  filter.to === undefined ? undefined : lte(auditEntries.at, filter.to),
  after(auditEntries.id, filter),
];

export const listAuditEntries = async (
  db: Database,
  teamId: TeamId,
  filter: AuditFilter,
): Promise<Page<AuditEntry>> => {
  const rows = await db
    .select()
    .from(auditEntries)
    .where(and(...conditions(teamId, filter)))
    .orderBy(desc(auditEntries.id))
    .limit(limitOf(filter));
  return pageFrom(
    rows.map(({ team_id: _team, ...entry }) => entry),
    filter,
  );
};

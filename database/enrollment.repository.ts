/** Enrollment tokens. Their uses are counted where a host joins, in `enroll-host.repository.ts`. */
import { and, desc, eq, gt } from 'drizzle-orm';
import type { EnrollmentToken } from '#protocol/http/hosts.ts';
import type { EnrollmentTokenId, TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { enrollmentTokens } from './enrollment.tables.ts';
import { after, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

export const insertEnrollmentToken = (db: Database, teamId: TeamId, token: EnrollmentToken, tokenHash: string) =>
  db.insert(enrollmentTokens).values({ ...token, team_id: teamId, token_hash: tokenHash });

const publicFields = (row: typeof enrollmentTokens.$inferSelect): EnrollmentToken => {
  const { team_id: _team, token_hash: _hash, ...token } = row;
  return token;
};

export const listEnrollmentTokens = async (
  db: Database,
  teamId: TeamId,
  page: PageRequest,
): Promise<Page<EnrollmentToken>> => {
  const rows = await db
    .select()
    .from(enrollmentTokens)
    .where(and(eq(enrollmentTokens.team_id, teamId), after(enrollmentTokens.id, page)))
    .orderBy(desc(enrollmentTokens.id))
    .limit(limitOf(page));
  return pageFrom(rows.map(publicFields), page);
};

export const findEnrollmentToken = async (
  db: Database,
  teamId: TeamId,
  id: EnrollmentTokenId,
): Promise<EnrollmentToken | null> => {
  const [row] = await db
    .select()
    .from(enrollmentTokens)
    .where(and(eq(enrollmentTokens.team_id, teamId), eq(enrollmentTokens.id, id)));
  return row === undefined ? null : publicFields(row);
};

export const deleteEnrollmentToken = (db: Database, teamId: TeamId, id: EnrollmentTokenId) =>
  db.delete(enrollmentTokens).where(and(eq(enrollmentTokens.team_id, teamId), eq(enrollmentTokens.id, id)));

export type UsableToken = EnrollmentToken & { team_id: TeamId };

/** A token that has not expired, whether or not it is used up. */
export const findTokenByHash = async (db: Database, tokenHash: string, now: string): Promise<UsableToken | null> => {
  const [row] = await db
    .select()
    .from(enrollmentTokens)
    .where(and(eq(enrollmentTokens.token_hash, tokenHash), gt(enrollmentTokens.expires_at, now)));
  return row === undefined ? null : { ...publicFields(row), team_id: row.team_id };
};

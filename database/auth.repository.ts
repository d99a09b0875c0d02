/** Users, sessions and API tokens. A token is looked up by its hash alone: the secret itself is never here. */
import { and, desc, eq, gt, isNull, lte, ne, or, sql } from 'drizzle-orm';
import type { SessionId, TeamId, UserId } from '#protocol/ids.ts';
import type { Role } from '#protocol/states.ts';
import { memberships, sessions, teams, users } from './auth.tables.ts';
import type { Database } from './database.ts';
import { after, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

export type Caller = {
  session_id: SessionId;
  kind: 'session' | 'api';
  role_cap: Role | null;
  user_id: UserId;
  username: string;
  team_id: TeamId;
  team_name: string;
  role: Role;
};

/** The one read of a request. A session whose membership ended finds nothing. */
export const findCaller = async (db: Database, tokenHash: string, now: string): Promise<Caller | null> => {
  const [caller] = await db
    .select({
      session_id: sessions.id,
      kind: sessions.kind,
      role_cap: sessions.role_cap,
      user_id: users.id,
      username: users.username,
      team_id: teams.id,
      team_name: teams.name,
      role: memberships.role,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.user_id))
    .innerJoin(memberships, and(eq(memberships.user_id, sessions.user_id), eq(memberships.team_id, sessions.team_id)))
    .innerJoin(teams, eq(teams.id, sessions.team_id))
    .where(and(eq(sessions.token_hash, tokenHash), or(isNull(sessions.expires_at), gt(sessions.expires_at, now))));
  return caller ?? null;
};

export type SignInRecord = {
  user_id: UserId;
  username: string;
  password_hash: string;
  team_id: TeamId;
  team_name: string;
  role: Role;
};

/** The user and the team that a new session starts in: the one joined first. */
export const findSignIn = async (db: Database, username: string): Promise<SignInRecord | null> => {
  const [record] = await db
    .select({
      user_id: users.id,
      username: users.username,
      password_hash: users.password_hash,
      team_id: teams.id,
      team_name: teams.name,
      role: memberships.role,
    })
    .from(users)
    .innerJoin(memberships, eq(memberships.user_id, users.id))
    .innerJoin(teams, eq(teams.id, memberships.team_id))
    .where(eq(users.username, username))
    .orderBy(memberships.created_at, memberships.team_id)
    .limit(1);
  return record ?? null;
};

export const insertSession = (db: Database, session: typeof sessions.$inferInsert) =>
  db.insert(sessions).values(session);

export const deleteSession = (db: Database, teamId: TeamId, id: SessionId) =>
  db.delete(sessions).where(and(eq(sessions.team_id, teamId), eq(sessions.id, id)));

export const moveSession = (db: Database, id: SessionId, userId: UserId, teamId: TeamId) =>
  db
    .update(sessions)
    .set({ team_id: teamId })
    .where(and(eq(sessions.id, id), eq(sessions.user_id, userId), eq(sessions.kind, 'session')));

/** After a new password (in all teams) or the end of a membership (in one): everything that the person was signed in with. */
export const deleteSessionsOf = (
  db: Database,
  userId: UserId,
  { teamId, keep }: { teamId: TeamId | null; keep: SessionId | null },
) =>
  db
    .delete(sessions)
    .where(
      and(
        eq(sessions.user_id, userId),
        teamId === null ? undefined : eq(sessions.team_id, teamId),
        keep === null ? undefined : ne(sessions.id, keep),
      ),
    );

export const deleteExpiredSessions = async (db: Database, now: string): Promise<void> => {
  await db.delete(sessions).where(lte(sessions.expires_at, now));
};

export type ApiTokenRow = {
  id: SessionId;
  name: string;
  role: Role;
  username: string;
  expires_at: string | null;
  created_at: string;
};

const apiTokenColumns = {
  id: sessions.id,
  name: sql<string>`coalesce(${sessions.name}, '')`,
  role: sql<Role>`coalesce(${sessions.role_cap}, 'viewer')`,
  username: users.username,
  expires_at: sessions.expires_at,
  created_at: sessions.created_at,
};

/** Of the whole team, or of one member. */
export const listApiTokens = async (
  db: Database,
  teamId: TeamId,
  userId: UserId | null,
  page: PageRequest,
): Promise<Page<ApiTokenRow>> => {
  const rows = await db
    .select(apiTokenColumns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.user_id))
    .where(
      and(
        eq(sessions.team_id, teamId),
        eq(sessions.kind, 'api'),
        userId === null ? undefined : eq(sessions.user_id, userId),
        after(sessions.id, page),
      ),
    )
    .orderBy(desc(sessions.id))
    .limit(limitOf(page));
  return pageFrom(rows, page);
};

export const findApiToken = async (
  db: Database,
  teamId: TeamId,
  id: SessionId,
): Promise<{ id: SessionId; user_id: UserId } | null> => {
  const [token] = await db
    .select({ id: sessions.id, user_id: sessions.user_id })
    .from(sessions)
    .where(and(eq(sessions.team_id, teamId), eq(sessions.id, id), eq(sessions.kind, 'api')));
  return token ?? null;
};

/** Teams and who belongs to them. */
import { and, asc, count, eq, gt, sql } from 'drizzle-orm';
import type { Member, Team } from '#protocol/http/auth.ts';
import type { TeamId, UserId } from '#protocol/ids.ts';
import type { Role } from '#protocol/states.ts';
import { memberships, teams, users } from './auth.tables.ts';
import type { Database } from './database.ts';
import { limitOf, type Page, type PageRequest } from './page.ts';

export const insertTeam = (db: Database, team: typeof teams.$inferInsert) => db.insert(teams).values(team);

export const insertUser = (db: Database, user: typeof users.$inferInsert) => db.insert(users).values(user);

export const insertMembership = (db: Database, membership: typeof memberships.$inferInsert) =>
  db.insert(memberships).values(membership);

export const anyUserExists = async (db: Database): Promise<boolean> =>
  (await db.select({ id: users.id }).from(users).limit(1)).length > 0;

export const findFirstTeam = async (db: Database): Promise<TeamId | null> => {
  const [team] = await db.select({ id: teams.id }).from(teams).orderBy(asc(teams.id)).limit(1);
  return team?.id ?? null;
};

export const usernameTaken = async (db: Database, username: string): Promise<boolean> =>
  (await db.select({ id: users.id }).from(users).where(eq(users.username, username))).length > 0;

/** Teams that a person belongs to, the first joined first. */
export const listTeamsOf = async (db: Database, userId: UserId): Promise<Team[]> =>
  db
    .select({ id: teams.id, name: teams.name, role: memberships.role, created_at: teams.created_at })
    .from(memberships)
    .innerJoin(teams, eq(teams.id, memberships.team_id))
    .where(eq(memberships.user_id, userId))
    .orderBy(asc(memberships.created_at), asc(teams.id));

const memberColumns = {
  user_id: memberships.user_id,
  username: users.username,
  role: memberships.role,
  created_at: memberships.created_at,
};

/** By user name, so the cursor is one. */
export const listMembers = async (db: Database, teamId: TeamId, page: PageRequest): Promise<Page<Member>> => {
  const rows = await db
    .select(memberColumns)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.user_id))
    .where(
      and(eq(memberships.team_id, teamId), page.cursor === undefined ? undefined : gt(users.username, page.cursor)),
    )
    .orderBy(asc(users.username))
    .limit(limitOf(page));
  const items = rows.slice(0, page.limit);
  return { items, next_cursor: rows.length > page.limit ? (items.at(-1)?.username ?? null) : null };
};

export const findMember = async (db: Database, teamId: TeamId, userId: UserId): Promise<Member | null> => {
  const [member] = await db
    .select(memberColumns)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.user_id))
    .where(and(eq(memberships.team_id, teamId), eq(memberships.user_id, userId)));
  return member ?? null;
};

/** How many teams a person belongs to: only who belongs to this one alone may be given a new password by it. */
export const countTeamsOf = async (db: Database, userId: UserId): Promise<number> => {
  const [row] = await db.select({ total: count() }).from(memberships).where(eq(memberships.user_id, userId));
  return row?.total ?? 0;
};

/** Holds for a change that would leave the team without an owner to be refused in the statement itself, whatever runs beside it. */
const notTheLastOwner = (teamId: TeamId) => sql`(${memberships.role} <> 'owner' or
  (select count(*) from memberships as others where others.team_id = ${teamId} and others.role = 'owner') > 1)`;

/** Returns the row when it changed. */
export const updateMemberRole = (db: Database, teamId: TeamId, userId: UserId, role: Role) =>
  db
    .update(memberships)
    .set({ role })
    .where(
      and(
        eq(memberships.team_id, teamId),
        eq(memberships.user_id, userId),
        role === 'owner' ? undefined : notTheLastOwner(teamId),
      ),
    )
    .returning({ user_id: memberships.user_id });

/** Returns the row when it was deleted. */
export const deleteMember = (db: Database, teamId: TeamId, userId: UserId) =>
  db
    .delete(memberships)
    .where(and(eq(memberships.team_id, teamId), eq(memberships.user_id, userId), notTheLastOwner(teamId)))
    .returning({ user_id: memberships.user_id });

export const updatePassword = (db: Database, userId: UserId, passwordHash: string) =>
  db.update(users).set({ password_hash: passwordHash }).where(eq(users.id, userId));

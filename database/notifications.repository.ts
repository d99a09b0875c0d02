/** Writes and reads what people are told. */
import { and, count, desc, eq, isNotNull, isNull, lt, type SQL } from 'drizzle-orm';
import type { Notification } from '#protocol/http/notifications.ts';
import type { NotificationId, TeamId, UserId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { inIds } from './hosts.repository.ts';
import { notifications } from './notifications.tables.ts';
import { after, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

export type NewNotification = Omit<typeof notifications.$inferInsert, 'team_id' | 'read_at'>;

const shown = {
  id: notifications.id,
  kind: notifications.kind,
  title: notifications.title,
  text: notifications.text,
  link: notifications.link,
  created_at: notifications.created_at,
  read_at: notifications.read_at,
};

const isOf = (teamId: TeamId, userId: UserId): SQL | undefined =>
  and(eq(notifications.team_id, teamId), eq(notifications.user_id, userId));

/** A statement for the batch of the change that it tells of; a cause that was told already changes nothing. */
export const insertNotification = (db: Database, teamId: TeamId, notification: NewNotification) =>
  db
    .insert(notifications)
    .values({ ...notification, team_id: teamId })
    .onConflictDoNothing();

export const findNotificationOf = async (
  db: Database,
  teamId: TeamId,
  userId: UserId,
  cause: string,
): Promise<Notification | undefined> =>
  db
    .select(shown)
    .from(notifications)
    .where(and(isOf(teamId, userId), eq(notifications.cause, cause)))
    .get();

export type NotificationFilter = PageRequest & { unread?: boolean | undefined };

const byReading = (unread: boolean | undefined): SQL | undefined => {
  if (unread === undefined) return undefined;
  return unread ? isNull(notifications.read_at) : isNotNull(notifications.read_at);
};

export const listNotifications = async (
  db: Database,
  teamId: TeamId,
  userId: UserId,
  filter: NotificationFilter,
): Promise<Page<Notification>> => {
  const rows = await db
    .select(shown)
    .from(notifications)
    .where(and(isOf(teamId, userId), byReading(filter.unread), after(notifications.id, filter)))
    .orderBy(desc(notifications.id))
    .limit(limitOf(filter));
  return pageFrom(rows, filter);
};

export const countUnread = async (db: Database, teamId: TeamId, userId: UserId): Promise<number> => {
  const [row] = await db
    .select({ total: count() })
    .from(notifications)
    .where(and(isOf(teamId, userId), isNull(notifications.read_at)));
  return row?.total ?? 0;
};

/** Of these ids, those that are a notification of this person. */
export const knownNotifications = async (
  db: Database,
  teamId: TeamId,
  userId: UserId,
  ids: readonly NotificationId[],
): Promise<Set<NotificationId>> => {
  const rows = await db
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(isOf(teamId, userId), inIds(notifications.id, ids)));
  return new Set(rows.map(({ id }) => id));
};

/** `ids` null marks all. What was read before keeps its time. */
export const markRead = async (
  db: Database,
  teamId: TeamId,
  userId: UserId,
  ids: readonly NotificationId[] | null,
  at: string,
): Promise<void> => {
  const named = ids === null ? undefined : inIds(notifications.id, ids);
  await db
    .update(notifications)
    .set({ read_at: at })
    .where(and(isOf(teamId, userId), isNull(notifications.read_at), named));
};

export const deleteNotificationsBefore = async (db: Database, at: string): Promise<void> => {
  await db.delete(notifications).where(lt(notifications.created_at, at));
};

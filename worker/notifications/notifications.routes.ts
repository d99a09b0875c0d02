/** What the caller was told in this team. Their own only, whatever their role; to have read something is no change that is audited. */
import { countUnread, knownNotifications, listNotifications, markRead } from '#database/notifications.repository.ts';
import { NotificationQuery, Notifications, ReadNotifications, UnreadCount } from '#protocol/http/notifications.ts';
import type { NotificationId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { atLeast } from '../http/access.ts';
import { impossible, type Refusal } from '../http/problem.ts';
import { route } from '../http/route.ts';

const tag = 'notifications';

const list = route(
  {
    method: 'get',
    path: '/notifications',
    tag,
    summary: 'What you were told, the newest first',
    access: atLeast('viewer'),
    query: NotificationQuery,
    answer: { status: 200, description: 'Notifications, and how many of all you have not read', schema: Notifications },
  },
  async ({ db, team_id, user, query }) => {
    const [page, unread_count] = await Promise.all([
      listNotifications(db, team_id, user.id, { ...query }),
      countUnread(db, team_id, user.id),
    ]);
    return { ...page, unread_count };
  },
);

const whyNot = async ({ db, team_id, user }: PersonContext, ids: NotificationId[]): Promise<Refusal | null> => {
  const known = await knownNotifications(db, team_id, user.id, ids);
  const index = ids.findIndex((id) => !known.has(id));
  return index === -1 ? null : impossible(`${tag}.unknown`, `ids.${index}`, 'is no notification of yours');
};

const read = route(
  {
    method: 'post',
    path: '/notifications/read',
    tag,
    summary: 'Mark as read: those with these ids, or all',
    access: atLeast('viewer'),
    body: ReadNotifications,
    answer: { status: 200, description: 'How many are left unread', schema: UnreadCount },
    refusals: [422],
  },
  async (context) => {
    const { db, now, team_id, user, body } = context;
    const refusal = body.ids === undefined ? null : await whyNot(context, body.ids);
    if (refusal !== null) return refusal;
    await markRead(db, team_id, user.id, body.ids ?? null, now.toISOString());
    return { unread_count: await countUnread(db, team_id, user.id) };
  },
);

export const notificationRoutes = [list, read];

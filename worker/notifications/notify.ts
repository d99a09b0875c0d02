/**
 * Tells a person something although they did not ask. The row is written in the batch of the change that it tells of; dashboards
 * hear of it afterwards, if they can: one that does not finds it in the list.
 */
import type { Statement } from '#database/database.ts';
import { findNotificationOf, insertNotification } from '#database/notifications.repository.ts';
import type { NotificationKind } from '#protocol/http/notifications.ts';
import { newId, type UserId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { askTeam } from '../hosts/presence.ts';

export type Notice = {
  user_id: UserId;
  kind: NotificationKind;
  title: string;
  text: string;
  link: string | null;
  /** What it is about; told once, however often the request is repeated. */
  cause: string;
};

export const writeNotice = (context: PersonContext, notice: Notice): Statement =>
  insertNotification(context.db, context.team_id, {
    ...notice,
    id: newId('ntf', context.ids),
    created_at: context.now.toISOString(),
  });

/** Never fails: whoever asked has had their change. */
export const tellDashboards = async (context: PersonContext, { user_id, cause }: Notice): Promise<void> => {
  const written = await findNotificationOf(context.db, context.team_id, user_id, cause).catch(() => undefined);
  if (written === undefined) return;
  await askTeam(context, (team) =>
    team.publish({
      team_id: context.team_id,
      source: written.id,
      version: null,
      events: [{ event: 'notification', data: { ...written, user_id } }],
    }),
  );
};

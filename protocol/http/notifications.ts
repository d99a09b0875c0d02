/** What people are told although they did not ask: kept for a while, and shown as it happens. */
import { z } from 'zod';
import { NotificationId } from '../ids.ts';
import { Instant } from '../text.ts';
import { PageQuery, pageOf } from './page.ts';

/** `reservation_taken`: an admin has the device now; `reservation_released`: an admin ended the reservation. */
export const NotificationKind = z.enum(['reservation_taken', 'reservation_released']);
export type NotificationKind = z.infer<typeof NotificationKind>;

export const Notification = z.object({
  id: NotificationId,
  kind: NotificationKind,
  title: z.string(),
  text: z.string(),
  /** A path of the dashboard that shows more. */
  link: z.string().nullable(),
  created_at: Instant,
  read_at: Instant.nullable(),
});
export type Notification = z.infer<typeof Notification>;

/** `unread=true` lists those that were not read, `unread=false` those that were. */
export const NotificationQuery = PageQuery.extend({
  unread: z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] }).optional(),
});

export const Notifications = pageOf(Notification).extend({ unread_count: z.int().min(0) });
export type Notifications = z.infer<typeof Notifications>;

/** Without `ids`: all. */
export const ReadNotifications = z.strictObject({ ids: z.array(NotificationId).min(1).max(200).optional() });
export const UnreadCount = z.object({ unread_count: z.int().min(0) });

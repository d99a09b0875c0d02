import { Notifications, UnreadCount } from '#protocol/http/notifications.ts';
import type { Http, Query } from './http.ts';

export const createNotificationsApi = (http: Http) => ({
  list: (query: Query = {}) => http.get('/notifications', Notifications, query),
  /** Without ids: all. */
  read: (ids?: string[]) => http.post('/notifications/read', UnreadCount, ids === undefined ? {} : { ids }),
});

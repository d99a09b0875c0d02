/** What the person who is signed in was told, newest first, and how much of it they have not read. Live events keep it up to date. */
import { createContext } from 'svelte';
import type { Notification } from '#protocol/http/notifications.ts';
import { api } from '../api/api.ts';
import { KeysetList } from '../api/keyset-list.svelte.ts';
import { reportFailure } from '../api/report-failure.ts';

const PAGE = 20;

const emptyList = (): KeysetList<Notification> =>
  new KeysetList<Notification>({ items: [], next_cursor: null }, (cursor) =>
    api.notifications.list({ limit: PAGE, cursor }),
  );

export class NotificationCenter {
  #list = $state.raw(emptyList());
  #unread = $state(0);

  get list(): KeysetList<Notification> {
    return this.#list;
  }

  get unread(): number {
    return this.#unread;
  }

  /** A failure leaves what is shown; the next event or visit asks again. */
  load = async (): Promise<void> => {
    const first = await api.notifications.list({ limit: PAGE }).catch(() => null);
    if (first === null) return;
    this.#list = new KeysetList(first, (cursor) => api.notifications.list({ limit: PAGE, cursor }));
    this.#unread = first.unread_count;
  };

  /** False when it is here already: it was told twice, or was in what was loaded. */
  add(notification: Notification): boolean {
    if (this.#list.items.some(({ id }) => id === notification.id)) return false;
    this.#list.put(notification);
    if (notification.read_at === null) this.#unread += 1;
    return true;
  }

  /** Without ids: all. */
  read = async (ids?: string[]): Promise<void> => {
    try {
      const { unread_count } = await api.notifications.read(ids);
      const read_at = new Date().toISOString();
      this.#list.update((items) =>
        items.map((item) =>
          item.read_at === null && (ids === undefined || ids.includes(item.id)) ? { ...item, read_at } : item,
        ),
      );
      this.#unread = unread_count;
    } catch (error) {
      reportFailure(error);
    }
  };
}

export const [getNotifications, setNotifications] = createContext<NotificationCenter>();

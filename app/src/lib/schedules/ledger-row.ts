/** Entries of the ledger as rows of a list: a schedule has one an instant. */
import type { LedgerEntry } from '#protocol/http/schedules.ts';
import type { Page } from '../api/keyset-list.svelte.ts';

export type LedgerRow = LedgerEntry & { id: string };

export const ledgerPage = ({
  items,
  next_cursor,
}: {
  items: LedgerEntry[];
  next_cursor: string | null;
}): Page<LedgerRow> => ({
  items: items.map((entry) => ({ ...entry, id: entry.scheduled_at })),
  next_cursor,
});

/** How long after its instant it fired; null while it has not. */
export const latenessMs = ({ scheduled_at, fired_at, kind }: LedgerEntry): number | null =>
  fired_at === null || kind === 'manual' ? null : Date.parse(fired_at) - Date.parse(scheduled_at);

/** The target table's columns: a command or script is one item, so it needs no column for items. On a phone a row takes two lines instead. */
import type { ActionKind } from '#protocol/spec.ts';

const phone = 'max-md:grid-cols-[minmax(0,1fr)_auto]';

export const targetColumns = {
  command: `grid gap-x-3 ${phone} md:grid-cols-[minmax(0,3fr)_8.5rem_minmax(0,6fr)_3rem_5.5rem_5.25rem]`,
  items: `grid gap-x-3 ${phone} md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)_8.5rem_minmax(0,5fr)_3rem_5.5rem_5.25rem]`,
} as const;

export const hasItems = (kind: ActionKind): boolean => kind === 'software' || kind === 'files';

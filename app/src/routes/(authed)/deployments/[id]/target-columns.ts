/** The target table's columns: a command is one item, so it needs no column for items. On a phone a row takes two lines instead. */
const phone = 'max-md:grid-cols-[minmax(0,1fr)_auto]';

export const targetColumns = {
  command: `grid gap-x-3 ${phone} md:grid-cols-[minmax(0,3fr)_8.5rem_minmax(0,6fr)_3rem_5.5rem_5.25rem]`,
  items: `grid gap-x-3 ${phone} md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)_8.5rem_minmax(0,5fr)_3rem_5.5rem_5.25rem]`,
} as const;

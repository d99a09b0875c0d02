/** Keyset pages, newest first: ids sort by creation, so the cursor is the last id of the page before. */
import { lt, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';

export type PageRequest = { limit: number; cursor?: string | undefined };

export type Page<Item> = { items: Item[]; next_cursor: string | null };

/** Rows after the cursor. */
export const after = (id: SQLiteColumn, page: PageRequest): SQL | undefined =>
  page.cursor === undefined ? undefined : lt(id, sql`${page.cursor}`);

/** One row more than the page holds tells whether there is a next one. */
export const limitOf = (page: PageRequest): number => page.limit + 1;

export const pageFrom = <Item extends { id: string }>(rows: Item[], page: PageRequest): Page<Item> => {
  const items = rows.slice(0, page.limit);
  return { items, next_cursor: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null };
};

/** Whether `text` is anywhere in it, in small or capital letters of ASCII. D1 takes patterns of `like` up to 50 bytes alone. */
export const containing = (column: SQLiteColumn, text: string): SQL => sql`instr(lower(${column}), lower(${text})) > 0`;

/**
 * Files, uploads in parts that are under way, and what may lie in the bucket without a row. The bytes of a file are one R2 object
 * whose key `fileObjectKey` makes. A row in `files` exists only after its object is complete, and the object goes only after the row.
 */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { FileId, TeamId, UploadId } from '#protocol/ids.ts';

export const files = sqliteTable(
  'files',
  {
    id: text().$type<FileId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    filename: text().notNull(),
    size: integer().notNull(),
    sha256: text().notNull(),
    /** As the client sent it; never trusted, served as an attachment only. */
    content_type: text().notNull(),
    created_at: text().notNull(),
    /** Its upload or its last use, whichever is later: what the expiry of unused files counts from. */
    touched_at: text().notNull(),
  },
  (table) => [
    index('files_by_team').on(table.team_id, table.id),
    index('files_by_touch').on(table.team_id, table.touched_at),
  ],
);

/** Kept for a while after completion, so that completing twice answers the same. */
export const fileUploads = sqliteTable(
  'file_uploads',
  {
    id: text().$type<UploadId>().primaryKey(),
    team_id: text().$type<TeamId>().notNull(),
    /** Of the file that it will become. */
    file_id: text().$type<FileId>().notNull(),
    filename: text().notNull(),
    size: integer().notNull(),
    content_type: text().notNull(),
    /** Null where the parts wait as objects of their own: see `worker/files/part-store.ts`. */
    r2_upload_id: text(),
    /** A user name, for people who wonder whose it is. */
    created_by: text().notNull(),
    created_at: text().notNull(),
    completed_at: text(),
  },
  (table) => [
    index('file_uploads_by_age').on(table.created_at),
    index('file_uploads_by_team').on(table.team_id, table.completed_at, table.id),
  ],
);

/** Parts that the bucket has, with the etag that tells whether it is still this one. */
export const fileUploadParts = sqliteTable(
  'file_upload_parts',
  {
    upload_id: text().$type<UploadId>().notNull(),
    number: integer().notNull(),
    etag: text().notNull(),
    received_at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.upload_id, table.number] })],
);

/**
 * Objects to remove from the bucket once `due_at` has passed; a key that ends with a slash stands for all below it. Written before bytes are stored that have no row yet, and together
 * with the removal of a row, so that no crash leaves bytes that nobody knows of.
 */
export const fileLeftovers = sqliteTable(
  'file_leftovers',
  {
    object_key: text().primaryKey(),
    /** Of an upload that must be aborted as well. */
    r2_upload_id: text(),
    due_at: text().notNull(),
  },
  (table) => [index('file_leftovers_by_due').on(table.due_at)],
);

/** Reads and writes uploads in parts. An upload is open until `completed_at` is set; only an open one takes parts or may be dropped. */
import { and, asc, eq, exists, isNotNull, isNull, lt, notExists, sql } from 'drizzle-orm';
import type { File } from '#protocol/http/files.ts';
import type { FileId, TeamId, UploadId } from '#protocol/ids.ts';
import type { Database, Statement } from './database.ts';
import { fileObjectKey } from './files.repository.ts';
import { fileLeftovers, files, fileUploadParts, fileUploads } from './files.tables.ts';

export type UploadRow = {
  id: UploadId;
  team_id: TeamId;
  file_id: FileId;
  filename: string;
  size: number;
  content_type: string;
  r2_upload_id: string;
  created_at: string;
  completed_at: string | null;
};

export type PartRow = { number: number; etag: string };

export const insertUpload = (db: Database, upload: UploadRow) => db.insert(fileUploads).values(upload);

export const findUpload = async (db: Database, teamId: TeamId, id: UploadId): Promise<UploadRow | undefined> =>
  db
    .select()
    .from(fileUploads)
    .where(and(eq(fileUploads.team_id, teamId), eq(fileUploads.id, id)))
    .get();

const isOpen = (id: UploadId) => and(eq(fileUploads.id, id), isNull(fileUploads.completed_at));

/** A part that comes again replaces the one before. */
export const upsertPart = async (db: Database, uploadId: UploadId, part: PartRow, now: Date): Promise<void> => {
  const received = { etag: part.etag, received_at: now.toISOString() };
  await db
    .insert(fileUploadParts)
    .values({ upload_id: uploadId, number: part.number, ...received })
    .onConflictDoUpdate({ target: [fileUploadParts.upload_id, fileUploadParts.number], set: received });
};

export const listParts = async (db: Database, uploadId: UploadId): Promise<PartRow[]> =>
  db
    .select({ number: fileUploadParts.number, etag: fileUploadParts.etag })
    .from(fileUploadParts)
    .where(eq(fileUploadParts.upload_id, uploadId))
    .orderBy(asc(fileUploadParts.number));

/** Statements: the file's row, and the end of its upload. Nothing is written for an upload that is not open. */
export const completeUploadStatements = (db: Database, upload: UploadRow, file: File) =>
  [
    db.insert(files).select(
      db
        .select({
          id: fileUploads.file_id,
          team_id: fileUploads.team_id,
          filename: fileUploads.filename,
          size: fileUploads.size,
          sha256: sql<string>`${file.sha256}`.as('sha256'),
          content_type: fileUploads.content_type,
          created_at: sql<string>`${file.created_at}`.as('created_at'),
        })
        .from(fileUploads)
        .where(isOpen(upload.id)),
    ),
    db.update(fileUploads).set({ completed_at: file.created_at }).where(isOpen(upload.id)),
  ] as const;

/** An open upload and its parts go, and what it has in the bucket is due to go. False when it was not open any more. */
export const dropUpload = async (
  db: Database,
  upload: UploadRow,
  now: Date,
  alsoWrite: readonly Statement[] = [],
): Promise<boolean> => {
  const open = db.select({ id: fileUploads.id }).from(fileUploads).where(isOpen(upload.id));
  const leftover = db
    .select({
      object_key: sql<string>`${fileObjectKey(upload.team_id, upload.file_id)}`.as('object_key'),
      r2_upload_id: fileUploads.r2_upload_id,
      due_at: sql<string>`${now.toISOString()}`.as('due_at'),
    })
    .from(fileUploads)
    .where(isOpen(upload.id));
  const [dropped] = await db.batch([
    db.insert(fileLeftovers).select(leftover).returning({ object_key: fileLeftovers.object_key }),
    db.delete(fileUploadParts).where(and(eq(fileUploadParts.upload_id, upload.id), exists(open))),
    db.delete(fileUploads).where(isOpen(upload.id)),
    ...alsoWrite,
  ]);
  return dropped.length > 0;
};

const partsSince = (db: Database, since: string) =>
  db
    .select({ number: fileUploadParts.number })
    .from(fileUploadParts)
    .where(and(eq(fileUploadParts.upload_id, fileUploads.id), sql`${fileUploadParts.received_at} >= ${since}`));

/** Open uploads that began before `since` and have received nothing after it. */
export const listIdleUploads = async (db: Database, since: Date, limit: number): Promise<UploadRow[]> => {
  const instant = since.toISOString();
  return db
    .select()
    .from(fileUploads)
    .where(
      and(lt(fileUploads.created_at, instant), isNull(fileUploads.completed_at), notExists(partsSince(db, instant))),
    )
    .orderBy(asc(fileUploads.created_at))
    .limit(limit);
};

/** Completed uploads are forgotten once nobody will ask again. */
export const deleteCompletedUploads = async (db: Database, before: Date): Promise<void> => {
  const old = and(isNotNull(fileUploads.completed_at), lt(fileUploads.completed_at, before.toISOString()));
  const ids = db.select({ id: fileUploads.id }).from(fileUploads).where(old);
  await db.batch([
    db.delete(fileUploadParts).where(sql`${fileUploadParts.upload_id} in ${ids}`),
    db.delete(fileUploads).where(old),
  ]);
};

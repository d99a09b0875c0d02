/** Reads and writes uploads in parts. An upload is open until `completed_at` is set; only an open one takes parts or may be dropped. */
import { and, asc, count, desc, eq, exists, isNotNull, isNull, lt, max, notExists, sql } from 'drizzle-orm';
import type { File } from '#protocol/http/files.ts';
import type { FileId, TeamId, UploadId } from '#protocol/ids.ts';
import type { Database, Statement } from './database.ts';
import { fileObjectKey, stagingFolder } from './files.repository.ts';
import { fileLeftovers, files, fileUploadParts, fileUploads } from './files.tables.ts';
import type { Leftover } from './leftovers.repository.ts';
import { after, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

export type UploadRow = {
  id: UploadId;
  team_id: TeamId;
  file_id: FileId;
  filename: string;
  size: number;
  content_type: string;
  r2_upload_id: string | null;
  created_by: string;
  created_at: string;
  completed_at: string | null;
};

export type PartRow = { number: number; etag: string };
export type ReceivedPart = PartRow & { received_at: string };

export const insertUpload = (db: Database, upload: UploadRow) => db.insert(fileUploads).values(upload);

export const findUpload = async (db: Database, teamId: TeamId, id: UploadId): Promise<UploadRow | undefined> =>
  db
    .select()
    .from(fileUploads)
    .where(and(eq(fileUploads.team_id, teamId), eq(fileUploads.id, id)))
    .get();

const isOpen = (id: UploadId) => and(eq(fileUploads.id, id), isNull(fileUploads.completed_at));

/** A part that comes again replaces the one before. False when the upload was not open any more. */
export const upsertPart = async (db: Database, uploadId: UploadId, part: PartRow, now: Date): Promise<boolean> => {
  const received = { etag: part.etag, received_at: now.toISOString() };
  const row = db
    .select({
      upload_id: fileUploads.id,
      number: sql<number>`${part.number}`.as('number'),
      etag: sql<string>`${received.etag}`.as('etag'),
      received_at: sql<string>`${received.received_at}`.as('received_at'),
    })
    .from(fileUploads)
    .where(isOpen(uploadId));
  const written = await db
    .insert(fileUploadParts)
    .select(row)
    .onConflictDoUpdate({ target: [fileUploadParts.upload_id, fileUploadParts.number], set: received })
    .returning({ number: fileUploadParts.number });
  return written.length > 0;
};

export const listParts = async (db: Database, uploadId: UploadId): Promise<ReceivedPart[]> =>
  db
    .select({
      number: fileUploadParts.number,
      etag: fileUploadParts.etag,
      received_at: fileUploadParts.received_at,
    })
    .from(fileUploadParts)
    .where(eq(fileUploadParts.upload_id, uploadId))
    .orderBy(asc(fileUploadParts.number));

/** An open upload with a sum of what it has received; `last_part` is the highest number, which tells whether the shorter part is in. */
export type OpenUpload = {
  id: UploadId;
  filename: string;
  size: number;
  created_by: string;
  created_at: string;
  part_count: number;
  last_part: number | null;
  last_received_at: string | null;
};

export const listOpenUploads = async (db: Database, teamId: TeamId, page: PageRequest): Promise<Page<OpenUpload>> => {
  const rows = await db
    .select({
      id: fileUploads.id,
      filename: fileUploads.filename,
      size: fileUploads.size,
      created_by: fileUploads.created_by,
      created_at: fileUploads.created_at,
      part_count: count(fileUploadParts.number),
      last_part: max(fileUploadParts.number),
      last_received_at: max(fileUploadParts.received_at),
    })
    .from(fileUploads)
    .leftJoin(fileUploadParts, eq(fileUploadParts.upload_id, fileUploads.id))
    .where(and(eq(fileUploads.team_id, teamId), isNull(fileUploads.completed_at), after(fileUploads.id, page)))
    .groupBy(fileUploads.id)
    .orderBy(desc(fileUploads.id))
    .limit(limitOf(page));
  return pageFrom(rows, page);
};

/** Where an upload has its parts, and where it makes the file. */
export const uploadObjects = ({ team_id, file_id, r2_upload_id }: UploadRow): { parts: Leftover; file: Leftover } => ({
  parts: { object_key: stagingFolder(team_id, file_id), r2_upload_id: null },
  file: { object_key: fileObjectKey(team_id, file_id), r2_upload_id },
});

/** A statement: only while the upload is open, so that a file that came to be is never taken for a leftover. */
const noteWhileOpen = (db: Database, id: UploadId, { object_key, r2_upload_id }: Leftover, dueAt: Date) => {
  const row = db
    .select({
      object_key: sql<string>`${object_key}`.as('object_key'),
      r2_upload_id: sql<string | null>`${r2_upload_id}`.as('r2_upload_id'),
      due_at: sql<string>`${dueAt.toISOString()}`.as('due_at'),
    })
    .from(fileUploads)
    .where(isOpen(id));
  return db.insert(fileLeftovers).select(row).returning({ object_key: fileLeftovers.object_key });
};

/** Statements: the file's row, and the end of its upload and of its parts. Nothing is written for an upload that is not open. */
export const completeUploadStatements = (db: Database, upload: UploadRow, file: File, partsDueAt: Date) =>
  [
    noteWhileOpen(db, upload.id, uploadObjects(upload).parts, partsDueAt),
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
          touched_at: sql<string>`${file.created_at}`.as('touched_at'),
        })
        .from(fileUploads)
        .where(isOpen(upload.id)),
    ),
    db.update(fileUploads).set({ completed_at: file.created_at }).where(isOpen(upload.id)),
  ] as const;

/** An open upload and its parts go, and later what it has in the bucket. False when it was not open any more. */
export const dropUpload = async (
  db: Database,
  upload: UploadRow,
  dueAt: Date,
  alsoWrite: readonly Statement[] = [],
): Promise<boolean> => {
  const open = db.select({ id: fileUploads.id }).from(fileUploads).where(isOpen(upload.id));
  const [dropped] = await db.batch([
    noteWhileOpen(db, upload.id, uploadObjects(upload).file, dueAt),
    noteWhileOpen(db, upload.id, uploadObjects(upload).parts, dueAt),
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

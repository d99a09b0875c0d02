/** Reads and writes files. Uploads in parts are in `uploads.repository.ts`, what must leave the bucket in `leftovers.repository.ts`. */
import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import type { File, FileEntry } from '#protocol/http/files.ts';
import type { FileId, TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { fileIsInUse } from './file-in-use.ts';
import { teamFileRules } from './file-rules.tables.ts';
import { files } from './files.tables.ts';
import { after, containing, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';

/** Where a file's bytes are in the bucket. */
export const fileObjectKey = (teamId: TeamId, id: FileId): string => `files/${teamId}/${id}`;

/** Where bytes wait in pieces until all of them are there and become one object. */
export const stagingFolder = (teamId: TeamId, id: FileId): string => `uploads/${teamId}/${id}/`;

const columns = {
  id: files.id,
  filename: files.filename,
  size: files.size,
  sha256: files.sha256,
  content_type: files.content_type,
  created_at: files.created_at,
};

/** The object's key of a row of `files` in the statement around it: what `fileObjectKey` makes of its ids. */
export const objectKeyOfRow = sql<string>`'files/' || ${files.team_id} || '/' || ${files.id}`;

export type FileFilter = PageRequest & { q?: string | undefined };

type EntryRow = File & { in_use: boolean; touched_at: string; expire_after_days: number | null };

const DAY_MS = 24 * 3600 * 1000;

const expiryOf = ({ in_use, touched_at, expire_after_days }: EntryRow): string | null =>
  in_use || expire_after_days === null
    ? null
    : new Date(Date.parse(touched_at) + expire_after_days * DAY_MS).toISOString();

const entryOf = (row: EntryRow): FileEntry => {
  const { in_use, touched_at, expire_after_days: _, ...file } = row;
  const last_used_at = touched_at === file.created_at ? null : touched_at;
  return { ...file, in_use, last_used_at, expires_at: expiryOf(row) };
};

const selectEntries = (db: Database, teamId: TeamId) =>
  db
    .select({
      ...columns,
      in_use: fileIsInUse(db, teamId).mapWith(Boolean).as('in_use'),
      touched_at: files.touched_at,
      expire_after_days: teamFileRules.unused_files_expire_after_days,
    })
    .from(files)
    .leftJoin(teamFileRules, eq(teamFileRules.team_id, files.team_id));

const isFile = (teamId: TeamId, id: FileId) => and(eq(files.team_id, teamId), eq(files.id, id));

export const listFiles = async (db: Database, teamId: TeamId, filter: FileFilter): Promise<Page<FileEntry>> => {
  const matches: SQL | undefined = filter.q === undefined ? undefined : containing(files.filename, filter.q);
  const rows = await selectEntries(db, teamId)
    .where(and(eq(files.team_id, teamId), matches, after(files.id, filter)))
    .orderBy(desc(files.id))
    .limit(limitOf(filter));
  return pageFrom(rows.map(entryOf), filter);
};

export const findFileEntry = async (db: Database, teamId: TeamId, id: FileId): Promise<FileEntry | undefined> => {
  const row = await selectEntries(db, teamId).where(isFile(teamId, id)).get();
  return row === undefined ? undefined : entryOf(row);
};

export const findFile = async (db: Database, teamId: TeamId, id: FileId): Promise<File | undefined> =>
  db.select(columns).from(files).where(isFile(teamId, id)).get();

export const insertFile = (db: Database, teamId: TeamId, file: File) =>
  db.insert(files).values({ ...file, team_id: teamId, touched_at: file.created_at });

/** A statement: something uses these files, or did until now. Their expiry counts from here. */
export const touchFiles = (db: Database, teamId: TeamId, ids: readonly FileId[], at: string) =>
  db
    .update(files)
    .set({ touched_at: at })
    .where(
      and(
        eq(files.team_id, teamId),
        sql`${files.id} in (select value from json_each(${JSON.stringify(ids)}))`,
        lt(files.touched_at, at),
      ),
    );

/** The files that the ids name, in the order of the ids, and the ids that name none of this team. */
export const resolveFiles = async (
  db: Database,
  teamId: TeamId,
  ids: readonly FileId[],
): Promise<{ found: File[]; unknown: FileId[] }> => {
  const rows = await db
    .select(columns)
    .from(files)
    .where(and(eq(files.team_id, teamId), sql`${files.id} in (select value from json_each(${JSON.stringify(ids)}))`));
  const byId = new Map(rows.map((row) => [row.id, row]));
  return {
    found: ids.flatMap((id) => byId.get(id) ?? []),
    unknown: ids.filter((id) => !byId.has(id)),
  };
};

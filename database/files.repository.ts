/** Reads and writes files. Uploads in parts are in `uploads.repository.ts`, what must leave the bucket in `leftovers.repository.ts`. */
import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { File } from '#protocol/http/files.ts';
import type { FileId, TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
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

export type FileFilter = PageRequest & { q?: string | undefined };

export const listFiles = async (db: Database, teamId: TeamId, filter: FileFilter): Promise<Page<File>> => {
  const matches: SQL | undefined = filter.q === undefined ? undefined : containing(files.filename, filter.q);
  const rows = await db
    .select(columns)
    .from(files)
    .where(and(eq(files.team_id, teamId), matches, after(files.id, filter)))
    .orderBy(desc(files.id))
    .limit(limitOf(filter));
  return pageFrom(rows, filter);
};

const isFile = (teamId: TeamId, id: FileId) => and(eq(files.team_id, teamId), eq(files.id, id));

export const findFile = async (db: Database, teamId: TeamId, id: FileId): Promise<File | undefined> =>
  db.select(columns).from(files).where(isFile(teamId, id)).get();

export const insertFile = (db: Database, teamId: TeamId, file: File) =>
  db.insert(files).values({ ...file, team_id: teamId });

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

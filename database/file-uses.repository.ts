/**
 * What needs a file: a catalogue entry, a deployment that has not ended, or a schedule that may fire again. A file goes only when nothing does, by hand or, if the
 * team's rules say so, after some days; the statement that removes it looks itself, so that whatever runs beside it counts.
 */
import { and, eq, inArray, not, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/sqlite-core';
import type { FileId, TeamId } from '#protocol/ids.ts';
import type { Database, Statement } from './database.ts';
import { deploymentFiles, deployments } from './deployments.tables.ts';
import { fileIsInUse, OPEN_DEPLOYMENT } from './file-in-use.ts';
import { fileObjectKey } from './files.repository.ts';
import { fileLeftovers, files } from './files.tables.ts';
import { schedulesThatNeed, type Use } from './schedule-uses.ts';
import { software } from './software.tables.ts';

const softwareUses = (db: Database, teamId: TeamId, id: FileId) =>
  db
    .select({ what: sql<string>`'software'`.as('what'), name: software.name })
    .from(software)
    .where(and(eq(software.team_id, teamId), eq(software.file_id, id)));

const deploymentUses = (db: Database, teamId: TeamId, id: FileId) =>
  db
    .select({ what: sql<string>`'deployment'`.as('what'), name: deployments.name })
    .from(deploymentFiles)
    .innerJoin(deployments, eq(deployments.id, deploymentFiles.deployment_id))
    .where(
      and(
        eq(deployments.team_id, teamId),
        eq(deploymentFiles.file_id, id),
        inArray(deployments.status, OPEN_DEPLOYMENT),
      ),
    );

/** The first few, to tell a person. */
export const listFileUses = async (db: Database, teamId: TeamId, id: FileId, limit: number): Promise<Use[]> =>
  unionAll(
    softwareUses(db, teamId, id),
    deploymentUses(db, teamId, id),
    schedulesThatNeed(db, teamId, 'file', id),
  ).limit(limit);

/** The row goes and its object is due to go; both only when nothing uses the file. False when it stays or was not there. */
export const deleteUnusedFile = async (
  db: Database,
  teamId: TeamId,
  id: FileId,
  now: Date,
  alsoWrite: readonly Statement[],
): Promise<boolean> => {
  const unused = and(eq(files.team_id, teamId), eq(files.id, id), not(fileIsInUse(db, teamId)));
  const leftover = db
    .select({
      object_key: sql<string>`${fileObjectKey(teamId, id)}`.as('object_key'),
      r2_upload_id: sql<string | null>`null`.as('r2_upload_id'),
      due_at: sql<string>`${now.toISOString()}`.as('due_at'),
    })
    .from(files)
    .where(unused);
  const [deleted] = await db.batch([
    db.insert(fileLeftovers).select(leftover).returning({ object_key: fileLeftovers.object_key }),
    db.delete(files).where(unused),
    ...alsoWrite,
  ]);
  return deleted.length > 0;
};

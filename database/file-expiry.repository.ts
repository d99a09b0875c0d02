/**
 * Files that nothing has used for as many days as their team keeps such files. What is in use, or was until some time in those
 * days, is touched instead, so that no run looks at it again before the days have passed from there.
 */
import { and, eq, gte, lt, max, not, type SQL, sql } from 'drizzle-orm';
import type { AuditId, FileId, TeamId } from '#protocol/ids.ts';
import { auditEntries } from './audit.tables.ts';
import { type Database, statement } from './database.ts';
import { deploymentFiles, deployments } from './deployments.tables.ts';
import { fileIsInUse } from './file-in-use.ts';
import { teamFileRules } from './file-rules.tables.ts';
import { objectKeyOfRow } from './files.repository.ts';
import { fileLeftovers, files } from './files.tables.ts';

export type StaleFile = {
  id: FileId;
  team_id: TeamId;
  touched_at: string;
  in_use: boolean;
  /** When a deployment that took long last used it, if that was in the days that count. */
  used_until: string | null;
};

/** In the form in which instants are kept. */
const cutoff = (now: Date): SQL =>
  sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${now.toISOString()}, '-' || ${teamFileRules.unused_files_expire_after_days} || ' days')`;

/** A deployment touches its files when it begins, and uses them until it has ended. */
const lastEndSince = (db: Database, instant: SQL) =>
  db
    .select({ ended_at: max(deployments.ended_at).as('ended_at') })
    .from(deploymentFiles)
    .innerJoin(deployments, eq(deployments.id, deploymentFiles.deployment_id))
    .where(and(eq(deploymentFiles.file_id, files.id), gte(deployments.ended_at, instant)));

/** Files that nothing has touched for as long as their team says, some of them to keep all the same. */
export const listStaleFiles = async (db: Database, now: Date, limit: number): Promise<StaleFile[]> =>
  db
    .select({
      id: files.id,
      team_id: files.team_id,
      touched_at: files.touched_at,
      in_use: fileIsInUse(db, null).mapWith(Boolean).as('in_use'),
      used_until: sql<string | null>`${lastEndSince(db, cutoff(now))}`.as('used_until'),
    })
    .from(teamFileRules)
    // A cross join keeps this order: from the few rules to the oldest files of each team, by their index.
    .crossJoin(files)
    .where(and(eq(files.team_id, teamFileRules.team_id), lt(files.touched_at, cutoff(now))))
    .limit(limit);

export type ExpiringFile = StaleFile & { audit_id: AuditId };

export type ExpiredFile = { id: FileId; team_id: TeamId; filename: string; object_key: string };

/**
 * In one transaction: the rows go, their objects are due to go, and the audit log says so. A file that something began to use since
 * it was listed stays. Answers with what has gone.
 */
export const expireFiles = async (
  db: Database,
  expiring: readonly ExpiringFile[],
  now: Date,
): Promise<ExpiredFile[]> => {
  const at = now.toISOString();
  const given = sql`json_each(${JSON.stringify(expiring)}) as given`;
  const isGiven = sql`${files.id} = given.value ->> 'id' and ${files.touched_at} = given.value ->> 'touched_at'`;
  const givenIds = sql`(select given.value ->> 'id' from ${given})`;
  const unused = not(fileIsInUse(db, null));
  const [, , expired] = await db.batch([
    statement(
      db,
      sql`insert into ${fileLeftovers} (object_key, due_at)
        select ${objectKeyOfRow}, ${at} from ${given} cross join ${files} on ${isGiven} where ${unused}`,
    ),
    statement(
      db,
      sql`insert into ${auditEntries} (id, team_id, at, actor, action, subject_id, details)
        select given.value ->> 'audit_id', ${files.team_id}, ${at}, 'system', 'files.expire', ${files.id},
          json_object('filename', ${files.filename}, 'size', ${files.size}, 'sha256', ${files.sha256}, 'unused_since', ${files.touched_at})
        from ${given} cross join ${files} on ${isGiven} where ${unused}`,
    ),
    db
      .delete(files)
      .where(sql`${files.id} in ${givenIds} and exists (select 1 from ${given} where ${isGiven}) and ${unused}`)
      .returning({ id: files.id, team_id: files.team_id, filename: files.filename, object_key: objectKeyOfRow }),
  ]);
  return expired;
};

/** Their days count from these instants on. */
export const keepFiles = async (db: Database, kept: readonly { id: FileId; touched_at: string }[]): Promise<void> => {
  const given = sql`json_each(${JSON.stringify(kept)}) as given`;
  const touched = statement(
    db,
    sql`update ${files} set touched_at = given.value ->> 'touched_at' from ${given}
      where ${files.id} = given.value ->> 'id' and ${files.touched_at} < given.value ->> 'touched_at'`,
  );
  await db.batch([touched]);
};

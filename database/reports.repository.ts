/** Reads and writes the record of reports. A row exists only after its object is complete. */
import { and, asc, count, desc, eq, ne, sum } from 'drizzle-orm';
import type { DeploymentId, TargetId, TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { reportFiles, reportOmissions } from './reports.tables.ts';

/** One attempt of one target. */
export type Attempt = { team_id: TeamId; deployment_id: DeploymentId; target_id: TargetId; attempt: number };

/** Where the files of an attempt are in the bucket. */
export const reportPrefix = ({ team_id, deployment_id, target_id, attempt }: Attempt): string =>
  `reports/${team_id}/${deployment_id}/${target_id}/${attempt}/`;

const isAttempt = ({ team_id, target_id, attempt }: Attempt) =>
  and(eq(reportFiles.team_id, team_id), eq(reportFiles.target_id, target_id), eq(reportFiles.attempt, attempt));

/** What an attempt has handed over, without the file that is about to come (again). */
export const reportTotals = async (
  db: Database,
  attempt: Attempt,
  path: string,
): Promise<{ files: number; bytes: number }> => {
  const [row] = await db
    .select({ files: count(), bytes: sum(reportFiles.size).mapWith(Number) })
    .from(reportFiles)
    .where(and(isAttempt(attempt), ne(reportFiles.path, path)));
  return { files: row?.files ?? 0, bytes: row?.bytes ?? 0 };
};

export const recordReportFile = async (
  db: Database,
  { team_id, target_id, attempt }: Attempt,
  { path, size, at }: { path: string; size: number; at: string },
): Promise<void> => {
  const row = { team_id, target_id, attempt, path, size, created_at: at };
  const key = [reportFiles.target_id, reportFiles.attempt, reportFiles.path];
  await db.insert(reportFiles).values(row).onConflictDoUpdate({ target: key, set: row });
};

export const recordOmission = async (
  db: Database,
  { team_id, target_id, attempt }: Attempt,
  omitted: string,
): Promise<void> => {
  const row = { team_id, target_id, attempt, omitted };
  const key = [reportOmissions.target_id, reportOmissions.attempt];
  await db.insert(reportOmissions).values(row).onConflictDoUpdate({ target: key, set: row });
};

export type FoundReports = { attempt: number; files: { path: string; size: number }[]; omitted: string | null };

/** Of the newest attempt that left anything; attempt 0 when none did. */
export const findReports = async (db: Database, teamId: TeamId, targetId: TargetId): Promise<FoundReports> => {
  const [files, omissions] = await db.batch([
    db
      .select({ attempt: reportFiles.attempt, path: reportFiles.path, size: reportFiles.size })
      .from(reportFiles)
      .where(and(eq(reportFiles.team_id, teamId), eq(reportFiles.target_id, targetId)))
      .orderBy(asc(reportFiles.path)),
    db
      .select({ attempt: reportOmissions.attempt, omitted: reportOmissions.omitted })
      .from(reportOmissions)
      .where(and(eq(reportOmissions.team_id, teamId), eq(reportOmissions.target_id, targetId)))
      .orderBy(desc(reportOmissions.attempt)),
  ]);
  const attempt = Math.max(0, ...[...files, ...omissions].map((row) => row.attempt));
  return {
    attempt,
    files: files.filter((file) => file.attempt === attempt).map(({ path, size }) => ({ path, size })),
    omitted: omissions.find((one) => one.attempt === attempt)?.omitted ?? null,
  };
};

/** Downloads a package to a name by which its installer knows what it is. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { downloadPackage, type PackageJob } from './adapter.ts';

type DownloadedAs = { ok: true; path: string } | { ok: false; outcome: ActionOutcome };

export const downloadAs = async (run: JobRun, action: PackageJob, filename: string): Promise<DownloadedAs> => {
  const download = await downloadPackage(run, action);
  if (!download.ok) return download;
  const path = join(run.workDirectory, filename);
  await rename(download.path, path);
  return { ok: true, path };
};

/** A job's own folder: what is put into it, and whose it is. */
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PRIVATE_DIRECTORY_MODE } from '../state/write-file.ts';
import type { JobRun } from './job-run.ts';

const SCRIPT_MODE = 0o700;

/**
 * The folder and what is in it belong to whoever the job runs as, and to nobody else; the folder last of all, so that nobody is in it
 * while we write.
 */
export const prepareFolder = async (
  run: JobRun,
  files: readonly { path: string; text: string }[],
  folders: readonly string[] = [],
): Promise<void> => {
  const all = new Set(
    [...folders, ...files.map(({ path }) => dirname(path))].filter((one) => one !== run.workDirectory),
  );
  for (const folder of all) await mkdir(folder, { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
  for (const { path, text } of files) await writeFile(path, text, { mode: SCRIPT_MODE });
  await chmod(run.workDirectory, PRIVATE_DIRECTORY_MODE);
  if (run.user === null) return;
  const { uid, gid } = run.user;
  for (const path of [...files.map((file) => file.path), ...all, run.workDirectory]) await chown(path, uid, gid);
};

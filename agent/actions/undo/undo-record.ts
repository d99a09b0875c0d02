/**
 * What is kept of a job so that it can be taken back: a small record, and for a file that was replaced its content
 * beside it, in a folder named by the target. The record is on the disk before anything is changed. Its removal comes
 * first when a backup is given up, so that no record promises what is not there.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { TargetId } from '#protocol/ids.ts';
import { PackageType } from '#protocol/software.ts';
import { PRIVATE_DIRECTORY_MODE, syncDirectory, writeFileAtomically } from '../../state/write-file.ts';

export const FileFacts = z.object({ size: z.int(), mode: z.int(), uid: z.int(), gid: z.int(), mtime_ms: z.number() });
export type FileFacts = z.infer<typeof FileFacts>;

export const FilesRecord = z.object({
  kind: z.literal('files'),
  at: z.int(),
  path: z.string(),
  /** What the job puts there. */
  sha256: z.string(),
  before: z.discriminatedUnion('type', [
    z.object({ type: z.literal('absent') }),
    z.object({ type: z.literal('kept'), facts: FileFacts }),
    /** It had this content already; `mode` is the one that it had before, where the job changes that. */
    z.object({ type: z.literal('same'), mode: z.int().nullable() }),
    z.object({ type: z.literal('not_kept'), why: z.string() }),
  ]),
});
export type FilesRecord = z.infer<typeof FilesRecord>;

export const SoftwareRecord = z.object({
  kind: z.literal('software'),
  at: z.int(),
  /** Null where the machine does not know the kind, and a command of the package did the work. */
  package_type: PackageType.nullable(),
  /** As the package manager names it. */
  name: z.string(),
  before: z.discriminatedUnion('type', [
    z.object({ type: z.literal('not_installed') }),
    z.object({ type: z.literal('version'), version: z.string() }),
    z.object({ type: z.literal('unknown') }),
  ]),
  /** The job found all as it should be. */
  unchanged: z.boolean(),
  /** A command has taken it back already. */
  undone: z.boolean(),
});
export type SoftwareRecord = z.infer<typeof SoftwareRecord>;

export const UndoRecord = z.discriminatedUnion('kind', [FilesRecord, SoftwareRecord]);
export type UndoRecord = z.infer<typeof UndoRecord>;

export const recordFolder = (backups: string, targetId: TargetId | string): string => join(backups, targetId);
const recordPath = (backups: string, targetId: string): string => join(recordFolder(backups, targetId), 'record.json');
export const contentPath = (backups: string, targetId: string): string =>
  join(recordFolder(backups, targetId), 'content');

export const readRecord = async (backups: string, targetId: string): Promise<UndoRecord | null> => {
  try {
    return UndoRecord.parse(JSON.parse(await readFile(recordPath(backups, targetId), 'utf8')));
  } catch {
    return null;
  }
};

export const makeRecordFolder = async (backups: string, targetId: string): Promise<void> => {
  await mkdir(recordFolder(backups, targetId), { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
};

/** On the disk when it resolves, the folder's own entry included. */
export const writeRecord = async (backups: string, targetId: string, record: UndoRecord): Promise<void> => {
  await makeRecordFolder(backups, targetId);
  await writeFileAtomically(recordPath(backups, targetId), JSON.stringify(record));
  await syncDirectory(backups);
};

export const removeRecord = async (backups: string, targetId: string): Promise<void> => {
  await rm(recordPath(backups, targetId), { force: true });
  await rm(recordFolder(backups, targetId), { recursive: true, force: true });
};

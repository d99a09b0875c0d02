/** The items of an action: what each target of one device carries out, with everything an agent needs. Pure. */

import type { JobAction, PackageSource, StoredFile } from '#protocol/agent/job.ts';
import { assertInvariant, assertNever } from '#protocol/assert.ts';
import type { File } from '#protocol/http/files.ts';
import type { Software } from '#protocol/http/software.ts';
import type { FileId } from '#protocol/ids.ts';
import type { CustomSoftware } from '#protocol/software.ts';
import type { Action } from '#protocol/spec.ts';

export type ResolvedItem = { label: string; action: JobAction };

type SoftwareAction = Extract<Action, { kind: 'software' }>;
type FilesAction = Extract<Action, { kind: 'files' }>;
type Package = Pick<
  CustomSoftware,
  'name' | 'version' | 'package_type' | 'file_id' | 'download_url' | 'sha256' | 'install_args' | 'uninstall_command'
>;

const LABEL_CHARACTERS = 120;

const shorten = (text: string): string => {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length > LABEL_CHARACTERS || line !== text.trim() ? `${line.slice(0, LABEL_CHARACTERS)}…` : line;
};

const packagesOf = (action: SoftwareAction, catalogue: readonly Software[]): { entry: Package; path: string }[] => [
  ...catalogue.map((entry, index) => ({ entry, path: `action.software_ids.${index}` })),
  ...action.custom_software.map((entry, index) => ({ entry, path: `action.custom_software.${index}.file_id` })),
];

/** Stored files that an action needs, and where in the spec each is named. */
export const filesOfSpec = (action: Action, catalogue: readonly Software[]): { id: FileId; path: string }[] => {
  switch (action.kind) {
    case 'command':
      return [];
    case 'files':
      return action.file_ids.map((id, index) => ({ id, path: `action.file_ids.${index}` }));
    case 'software':
      return packagesOf(action, catalogue).flatMap(({ entry, path }) =>
        entry.file_id === null ? [] : [{ id: entry.file_id, path }],
      );
    default:
      return assertNever(action);
  }
};

const storedFile = (files: readonly File[], id: FileId): StoredFile => {
  const file = files.find((one) => one.id === id);
  assertInvariant(file !== undefined, 'files of an action are resolved first');
  return { file_id: file.id, filename: file.filename, size: file.size, sha256: file.sha256 };
};

const sourceOf = (entry: Package, files: readonly File[]): PackageSource => {
  if (entry.file_id !== null) return { type: 'file', file: storedFile(files, entry.file_id) };
  if (entry.download_url !== null) return { type: 'url', url: entry.download_url, sha256: entry.sha256 };
  return { type: 'repository' };
};

const softwareItem = (operation: SoftwareAction['operation'], entry: Package, files: readonly File[]): ResolvedItem => {
  const name = entry.version === null ? entry.name : `${entry.name} ${entry.version}`;
  return {
    label: operation === 'install' ? name : `remove ${name}`,
    action: {
      kind: 'software',
      operation,
      name: entry.name,
      version: entry.version,
      package_type: entry.package_type,
      source: sourceOf(entry, files),
      install_args: entry.install_args,
      uninstall_command: entry.uninstall_command,
    },
  };
};

const filesItem = (action: FilesAction, id: FileId, files: readonly File[]): ResolvedItem => {
  const file = storedFile(files, id);
  return {
    label: file.filename,
    action: {
      kind: 'files',
      file,
      destination: action.destination,
      into_directory: action.file_ids.length > 1 || /[/\\]$/.test(action.destination),
      mode: action.mode,
      overwrite: action.overwrite,
    },
  };
};

export const itemsOf = (action: Action, catalogue: readonly Software[], files: readonly File[]): ResolvedItem[] => {
  switch (action.kind) {
    case 'command': {
      const { command, shell, working_directory, env } = action;
      return [{ label: shorten(command), action: { kind: 'command', command, shell, working_directory, env } }];
    }
    case 'software':
      return packagesOf(action, catalogue).map(({ entry }) => softwareItem(action.operation, entry, files));
    case 'files':
      return [...new Set(action.file_ids)].map((id) => filesItem(action, id, files));
    default:
      return assertNever(action);
  }
};

/** A name for a deployment that was given none. */
export const defaultName = (action: Action, items: readonly ResolvedItem[]): string => {
  const [first] = items;
  const rest = items.length > 1 ? ` and ${items.length - 1} more` : '';
  const label = `${first?.label ?? ''}${rest}`;
  switch (action.kind) {
    case 'command':
      return `Run ${label}`;
    case 'software':
      return action.operation === 'install' ? `Install ${label}` : label.replace(/^remove/, 'Remove');
    case 'files':
      return `Copy ${label}`;
    default:
      return assertNever(action);
  }
};

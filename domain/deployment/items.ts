/** The items of an action: what each target of one device carries out, with everything an agent needs. Pure. */

import type { JobAction, PackageSource, StoredFile } from '#protocol/agent/job.ts';
import { splitArguments } from '#protocol/arguments.ts';
import { assertInvariant, assertNever } from '#protocol/assert.ts';
import { jobEnvironment } from '#protocol/environment.ts';
import type { HealthCheck } from '#protocol/health-check.ts';
import type { File } from '#protocol/http/files.ts';
import type { ScriptVersion } from '#protocol/http/scripts.ts';
import type { Software } from '#protocol/http/software.ts';
import type { FileId } from '#protocol/ids.ts';
import type { CustomSoftware } from '#protocol/software.ts';
import type { Action } from '#protocol/spec.ts';
import type { Color } from '#protocol/strategy.ts';
import { beginningOf } from '#protocol/text.ts';

export type ActionItem = { label: string; action: JobAction };

export type ResolvedItem = ActionItem & {
  /** Must hold after the action; null where nothing is checked. */
  health_check: HealthCheck | null;
  /** Of blue and green: the side whose hosts run it as their switch; null for what the action asks for. */
  side: Color | null;
};

type ScriptAction = Extract<Action, { kind: 'script' }>;
type SoftwareAction = Extract<Action, { kind: 'software' }>;
type FilesAction = Extract<Action, { kind: 'files' }>;
type Package = Pick<
  CustomSoftware,
  | 'name'
  | 'version'
  | 'package_type'
  | 'file_id'
  | 'download_url'
  | 'sha256'
  | 'install_args'
  | 'uninstall_command'
  | 'rollback_command'
>;

const LABEL_CHARACTERS = 120;

export const shorten = (text: string): string => {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length > LABEL_CHARACTERS || line !== text.trim() ? `${beginningOf(line, LABEL_CHARACTERS)}…` : line;
};

const packagesOf = (action: SoftwareAction, catalogue: readonly Software[]): { entry: Package; path: string }[] => [
  ...catalogue.map((entry, index) => ({ entry, path: `action.software_ids.${index}` })),
  ...action.custom_software.map((entry, index) => ({ entry, path: `action.custom_software.${index}.file_id` })),
];

/** Stored files that an action needs, and where in the spec each is named. */
export const filesOfSpec = (action: Action, catalogue: readonly Software[]): { id: FileId; path: string }[] => {
  switch (action.kind) {
    case 'command':
    case 'script':
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

const softwareItem = (operation: SoftwareAction['operation'], entry: Package, files: readonly File[]): ActionItem => {
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
      rollback_command: entry.rollback_command,
    },
  };
};

const filesItem = (action: FilesAction, id: FileId, files: readonly File[]): ActionItem => {
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

/** A version of a script in the library, and the script's name. */
export type NamedScript = { name: string; found: ScriptVersion };

const scriptItem = (action: ScriptAction, script: NamedScript | null): ActionItem => {
  assertInvariant(script !== null, 'the script of an action is resolved first');
  const words = splitArguments(action.parameters);
  assertInvariant(words !== null, 'parameters were checked with the spec');
  return {
    label: script.name,
    action: {
      kind: 'script',
      script_id: action.script_id,
      name: script.name,
      version: script.found.version,
      interpreter: script.found.interpreter,
      content: script.found.content,
      arguments: words,
      userinterface_name: action.userinterface_name,
      ...jobEnvironment(action.env),
    },
  };
};

/** What an action refers to, read beforehand: nothing in it is unknown. */
export type Resolved = { catalogue: readonly Software[]; files: readonly File[]; script: NamedScript | null };

export const itemsOf = (action: Action, { catalogue, files, script }: Resolved): ActionItem[] => {
  switch (action.kind) {
    case 'command': {
      const { command, shell, working_directory, env } = action;
      const environment = jobEnvironment(env);
      return [
        { label: shorten(command), action: { kind: 'command', command, shell, working_directory, ...environment } },
      ];
    }
    case 'script':
      return [scriptItem(action, script)];
    case 'software':
      return packagesOf(action, catalogue).map(({ entry }) => softwareItem(action.operation, entry, files));
    case 'files':
      return [...new Set(action.file_ids)].map((id) => filesItem(action, id, files));
    default:
      return assertNever(action);
  }
};

const clock = (now: Date): string => now.toISOString().slice(11, 19).replaceAll(':', '');

/** A name for a deployment that was given none; a script's has the time of day in UTC. */
export const defaultName = (action: Action, items: readonly ActionItem[], now: Date): string => {
  const [first] = items;
  const rest = items.length > 1 ? ` and ${items.length - 1} more` : '';
  const label = `${first?.label ?? ''}${rest}`;
  switch (action.kind) {
    case 'command':
      return `Run ${label}`;
    case 'script':
      return `${label}_${clock(now)}`;
    case 'software':
      return action.operation === 'install' ? `Install ${label}` : label.replace(/^remove/, 'Remove');
    case 'files':
      return `Copy ${label}`;
    default:
      return assertNever(action);
  }
};

/**
 * The new-deployment form as a person fills it in, and the way from it to a spec and back. All numbers are text here, because a
 * half-typed number is text; the schema says what is wrong with it.
 */

import type { CustomSoftware, PackageType } from '#protocol/software.ts';
import type { ActionKind, Shell, Spec } from '#protocol/spec.ts';
import { joinArguments } from './join-arguments.ts';

export interface EnvRow {
  /** Keeps a row's controls when rows before it go away. */
  key: number;
  name: string;
  value: string;
}

export interface PackageRow {
  key: number;
  name: string;
  version: string;
  packageType: PackageType;
  source: 'url' | 'file';
  downloadUrl: string;
  fileId: string;
  sha256: string;
  installArgs: string;
  uninstallCommand: string;
}

export interface DeployForm {
  name: string;
  kind: ActionKind;
  command: { command: string; shell: Shell; workingDirectory: string; env: EnvRow[] };
  software: { operation: 'install' | 'uninstall'; softwareIds: string[]; custom: PackageRow[] };
  files: { fileIds: string[]; destination: string; mode: string; overwrite: boolean };
  deviceIds: string[];
  groupIds: string[];
  timeoutSeconds: string;
  retries: string;
  idempotent: boolean;
  offlinePolicy: 'fail' | 'wait';
  expiresInSeconds: string;
  maxConcurrency: string;
  maxFailures: string;
}

let lastKey = 0;
export const nextKey = (): number => ++lastKey;

export const emptyEnvRow = (): EnvRow => ({ key: nextKey(), name: '', value: '' });

export const emptyPackageRow = (): PackageRow => ({
  key: nextKey(),
  name: '',
  version: '',
  packageType: 'apt',
  source: 'url',
  downloadUrl: '',
  fileId: '',
  sha256: '',
  installArgs: '',
  uninstallCommand: '',
});

export const emptyForm = (kind: ActionKind = 'command'): DeployForm => ({
  name: '',
  kind,
  command: { command: '', shell: 'sh', workingDirectory: '', env: [] },
  software: { operation: 'install', softwareIds: [], custom: [] },
  files: { fileIds: [], destination: '', mode: '', overwrite: true },
  deviceIds: [],
  groupIds: [],
  timeoutSeconds: '600',
  retries: '0',
  idempotent: false,
  offlinePolicy: 'fail',
  expiresInSeconds: '86400',
  maxConcurrency: '',
  maxFailures: '',
});

const textOrNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

/** What is not a whole number stays text, and the schema refuses it. */
const wholeNumber = (text: string): number | string => (/^\s*\d{1,15}\s*$/.test(text) ? Number(text) : text.trim());
const wholeNumberOrNull = (text: string): number | string | null => (text.trim() === '' ? null : wholeNumber(text));

const environmentOf = (rows: readonly EnvRow[]): Record<string, string> =>
  Object.fromEntries(rows.filter((row) => row.name !== '' || row.value !== '').map((row) => [row.name, row.value]));

export const packageInput = (row: PackageRow, needsFile: boolean): Record<string, unknown> => ({
  name: row.name.trim(),
  version: textOrNull(row.version),
  package_type: row.packageType,
  file_id: needsFile && row.source === 'file' ? textOrNull(row.fileId) : null,
  download_url: needsFile && row.source === 'url' ? textOrNull(row.downloadUrl) : null,
  sha256: needsFile && row.source === 'url' ? (textOrNull(row.sha256)?.toLowerCase() ?? null) : null,
  install_args: row.installArgs,
  uninstall_command: textOrNull(row.uninstallCommand),
});

const actionOf = (form: DeployForm, needsFile: (type: PackageType) => boolean): Record<string, unknown> => {
  switch (form.kind) {
    case 'command': {
      const { command, shell, workingDirectory, env } = form.command;
      return {
        kind: 'command',
        command,
        shell,
        working_directory: textOrNull(workingDirectory),
        env: environmentOf(env),
      };
    }
    case 'software': {
      const { operation, softwareIds, custom } = form.software;
      const custom_software = custom.map((row) => packageInput(row, needsFile(row.packageType)));
      return { kind: 'software', operation, software_ids: [...softwareIds], custom_software };
    }
    case 'files': {
      const { fileIds, destination, mode, overwrite } = form.files;
      return {
        kind: 'files',
        file_ids: [...fileIds],
        destination: destination.trim(),
        mode: textOrNull(mode),
        overwrite,
      };
    }
  }
};

/** The body of the request; not checked yet. */
export const specInput = (form: DeployForm, needsFile: (type: PackageType) => boolean): Record<string, unknown> => ({
  ...(form.name.trim() === '' ? {} : { name: form.name }),
  action: actionOf(form, needsFile),
  device_ids: [...form.deviceIds],
  group_ids: [...form.groupIds],
  timeout_seconds: wholeNumber(form.timeoutSeconds),
  retries: wholeNumber(form.retries),
  idempotent: form.idempotent,
  offline:
    form.offlinePolicy === 'fail'
      ? { policy: 'fail' }
      : { policy: 'wait', expires_in_seconds: wholeNumber(form.expiresInSeconds) },
  strategy: {
    type: 'parallel',
    max_concurrency: wholeNumberOrNull(form.maxConcurrency),
    max_failures: wholeNumberOrNull(form.maxFailures),
  },
});

const textOf = (number: number | null): string => (number === null ? '' : String(number));

export const packageRow = (software: CustomSoftware): PackageRow => ({
  key: nextKey(),
  name: software.name,
  version: software.version ?? '',
  packageType: software.package_type,
  source: software.file_id === null ? 'url' : 'file',
  downloadUrl: software.download_url ?? '',
  fileId: software.file_id ?? '',
  sha256: software.sha256 ?? '',
  installArgs: joinArguments(software.install_args),
  uninstallCommand: software.uninstall_command ?? '',
});

const withAction = (form: DeployForm, action: Spec['action']): DeployForm => {
  switch (action.kind) {
    case 'command': {
      const env = Object.entries(action.env).map(([name, value]) => ({ key: nextKey(), name, value }));
      const { command, shell, working_directory } = action;
      return { ...form, command: { command, shell, workingDirectory: working_directory ?? '', env } };
    }
    case 'software': {
      const { operation, software_ids, custom_software } = action;
      return {
        ...form,
        software: { operation, softwareIds: [...software_ids], custom: custom_software.map(packageRow) },
      };
    }
    case 'files': {
      const { file_ids, destination, mode, overwrite } = action;
      return { ...form, files: { fileIds: [...file_ids], destination, mode: mode ?? '', overwrite } };
    }
  }
};

/** The form that an earlier deployment was made with, to make another one. */
export const formOf = (spec: Spec): DeployForm => ({
  ...withAction(emptyForm(spec.action.kind), spec.action),
  name: spec.name ?? '',
  deviceIds: [...spec.device_ids],
  groupIds: [...spec.group_ids],
  timeoutSeconds: String(spec.timeout_seconds),
  retries: String(spec.retries),
  idempotent: spec.idempotent,
  offlinePolicy: spec.offline.policy,
  expiresInSeconds: spec.offline.policy === 'wait' ? String(spec.offline.expires_in_seconds) : '86400',
  maxConcurrency: textOf(spec.strategy.max_concurrency),
  maxFailures: textOf(spec.strategy.max_failures),
});

/** The actions as a person fills them in, and the way from them to a spec and back. */
import { assertNever } from '#protocol/assert.ts';
import type { Shell } from '#protocol/shell.ts';
import type { Action, ActionKind, UndoCommand } from '#protocol/spec.ts';
import { type EnvRow, environmentOf, envRows } from './env-rows.ts';
import { textOrNull, wholeNumber } from './number-text.ts';
import { type PackageRow, packageInput, packageRow } from './package-row.ts';

/** An empty command: nothing takes it back. */
export interface UndoForm {
  command: string;
  shell: Shell;
}

export interface ActionForm {
  kind: ActionKind;
  command: { command: string; shell: Shell; workingDirectory: string; env: EnvRow[]; undo: UndoForm };
  script: {
    scriptId: string;
    /** Empty: the newest. */
    version: string;
    parameters: string;
    userinterfaceName: string;
    env: EnvRow[];
    undo: UndoForm;
  };
  software: { operation: 'install' | 'uninstall'; softwareIds: string[]; custom: PackageRow[] };
  files: { fileIds: string[]; destination: string; mode: string; overwrite: boolean };
}

const emptyUndo = (): UndoForm => ({ command: '', shell: 'sh' });

export const emptyAction = (kind: ActionKind): ActionForm => ({
  kind,
  command: { command: '', shell: 'sh', workingDirectory: '', env: [], undo: emptyUndo() },
  script: { scriptId: '', version: '', parameters: '', userinterfaceName: '', env: [], undo: emptyUndo() },
  software: { operation: 'install', softwareIds: [], custom: [] },
  files: { fileIds: [], destination: '', mode: '', overwrite: true },
});

const undoInput = ({ command, shell }: UndoForm): Record<string, unknown> | null =>
  command.trim() === '' ? null : { command, shell };

const undoForm = (undo: UndoCommand | null): UndoForm => (undo === null ? emptyUndo() : { ...undo });

export const actionInput = (form: ActionForm): Record<string, unknown> => {
  const { kind } = form;
  switch (kind) {
    case 'command': {
      const { command, shell, workingDirectory, env, undo } = form.command;
      const working_directory = textOrNull(workingDirectory);
      return { kind, command, shell, working_directory, env: environmentOf(env), undo: undoInput(undo) };
    }
    case 'script': {
      const { scriptId, version, parameters, userinterfaceName, env, undo } = form.script;
      return {
        kind,
        script_id: scriptId,
        version: version === '' ? null : wholeNumber(version),
        parameters: parameters.trim(),
        userinterface_name: textOrNull(userinterfaceName),
        env: environmentOf(env),
        undo: undoInput(undo),
      };
    }
    case 'software': {
      const { operation, softwareIds, custom } = form.software;
      return { kind, operation, software_ids: [...softwareIds], custom_software: custom.map(packageInput) };
    }
    case 'files': {
      const { fileIds, destination, mode, overwrite } = form.files;
      return { kind, file_ids: [...fileIds], destination: destination.trim(), mode: textOrNull(mode), overwrite };
    }
    default:
      return assertNever(kind);
  }
};

export const actionForm = (action: Action): ActionForm => {
  const form = emptyAction(action.kind);
  switch (action.kind) {
    case 'command': {
      const { command, shell, working_directory, env, undo } = action;
      const workingDirectory = working_directory ?? '';
      return { ...form, command: { command, shell, workingDirectory, env: envRows(env), undo: undoForm(undo) } };
    }
    case 'script': {
      const { script_id, version, parameters, userinterface_name, env, undo } = action;
      return {
        ...form,
        script: {
          scriptId: script_id,
          version: version === null ? '' : String(version),
          parameters,
          userinterfaceName: userinterface_name ?? '',
          env: envRows(env),
          undo: undoForm(undo),
        },
      };
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
    default:
      return assertNever(action);
  }
};

/** The variables of the kind that is chosen; files and software have none. */
export const envOf = (form: ActionForm): readonly EnvRow[] => {
  if (form.kind === 'command') return form.command.env;
  return form.kind === 'script' ? form.script.env : [];
};

/** The library that an action chooses from: what was found once is known to every part of the form. */
import { assertNever } from '#protocol/assert.ts';
import type { File as StoredFile } from '#protocol/http/files.ts';
import type { ScriptSummary } from '#protocol/http/scripts.ts';
import type { Software } from '#protocol/http/software.ts';
import { api } from '../api/api.ts';
import type { ActionForm } from './action-form.ts';
import { automaticName } from './automatic-name.ts';
import { PickSource } from './pick-source.svelte.ts';

const labelOf = (software: { name: string; version: string | null } | undefined): string | null =>
  [software?.name, software?.version].flatMap((text) => text?.trim() || []).join(' ') || null;

export class ActionSources {
  readonly scripts = new PickSource<ScriptSummary>({
    page: (q, cursor) => api.scripts.list({ q, cursor, limit: 30 }),
    one: (id) => api.scripts.get(id),
  });
  readonly software = new PickSource<Software>({
    page: (q, cursor) => api.software.list({ q, cursor }),
    one: (id) => api.software.get(id),
  });
  readonly files = new PickSource<StoredFile>({
    page: (q, cursor) => api.files.list({ q, cursor }),
    one: (id) => api.files.get(id),
  });

  /** The name that the server makes when none is given; null while nothing is chosen. */
  nameFor(form: ActionForm): string | null {
    return automaticName(form, this.#labels(form));
  }

  /** Null for an item that is not known here yet. */
  #labels(form: ActionForm): (string | null)[] {
    switch (form.kind) {
      case 'command':
        return [form.command.command.trim() || null];
      case 'script':
        return form.script.scriptId === '' ? [] : [this.scripts.item(form.script.scriptId)?.name ?? null];
      case 'software':
        return [
          ...form.software.softwareIds.map((id) => labelOf(this.software.item(id))),
          ...form.software.custom.map(labelOf),
        ];
      case 'files':
        return form.files.fileIds.map((id) => this.files.item(id)?.filename ?? null);
      default:
        return assertNever(form.kind);
    }
  }
}

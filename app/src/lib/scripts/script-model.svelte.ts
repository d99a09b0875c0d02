/** One script while it is written. */
import { CreateScript, type Script } from '#protocol/http/scripts.ts';
import type { Interpreter } from '#protocol/script.ts';
import { checkBody, issuesByField } from '../deploy/check-form.ts';
import { CheckedForm } from '../deploy/checked-form.svelte.ts';

export interface ScriptDraft {
  name: string;
  description: string;
  interpreter: Interpreter;
  content: string;
}

export const emptyDraft = (): ScriptDraft => ({ name: '', description: '', interpreter: 'sh', content: '' });

export const draftOf = ({ name, description, interpreter, content }: Script): ScriptDraft => ({
  name,
  description: description ?? '',
  interpreter,
  content,
});

const bodyOf = (draft: ScriptDraft): Record<string, unknown> => ({
  ...draft,
  description: draft.description.trim() === '' ? null : draft.description,
});

const sameText = (one: ScriptDraft, other: ScriptDraft): boolean =>
  one.content === other.content && one.interpreter === other.interpreter;

export class ScriptModel extends CheckedForm {
  draft: ScriptDraft;
  #saved: ScriptDraft;

  constructor(draft: ScriptDraft) {
    super({
      check: () => checkBody(CreateScript, bodyOf(this.draft)),
      place: (refusal) => issuesByField(refusal.problem.errors ?? [], []),
      hasControl: (path) => path in this.draft,
    });
    this.draft = $state(draft);
    this.#saved = $state.raw({ ...draft });
  }

  /** Saving would make another version. */
  get isRewritten(): boolean {
    return !sameText(this.draft, this.#saved);
  }

  get isChanged(): boolean {
    const { name, description } = this.draft;
    return this.isRewritten || name !== this.#saved.name || description !== this.#saved.description;
  }

  async save(call: (body: Record<string, unknown>) => Promise<Script>): Promise<Script | null> {
    const script = await this.send(call);
    if (script !== null) this.#saved = draftOf(script);
    return script;
  }
}

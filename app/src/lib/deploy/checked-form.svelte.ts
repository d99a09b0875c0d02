/** A form while it is filled in: what is wrong with it, shown once a person has been there; what the server refused; and sending it once. */
import { ApiError } from '../api/api-error.ts';
import type { Checked, Issues } from './check-form.ts';

export interface CheckedFormRules {
  /** The body as it is filled in, and what is wrong with it by field. */
  check: () => Checked;
  /** Brings what the server says to the fields. */
  place: (refusal: ApiError) => Issues;
  hasControl: (path: string) => boolean;
}

const NONE: Issues = new Map();

export class CheckedForm {
  readonly #rules: CheckedFormRules;
  readonly #checked = $derived.by(() => this.#rules.check());
  /** Fields that a person has been in; others keep quiet until one tries to send. */
  #touched = $state.raw<ReadonlySet<string>>(new Set());
  #attempted = $state(false);
  #refused = $state.raw(NONE);
  #failure = $state.raw<unknown>(null);
  #busy = $state(false);

  constructor(rules: CheckedFormRules) {
    this.#rules = rules;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Why the server refused, or that it could not be reached. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Paths that are wrong, once one has tried to send. */
  get wrongPaths(): string[] {
    if (!this.#attempted || this.#checked.type === 'ok') return [];
    return [...this.#checked.issues.keys()];
  }

  error(path: string): string | null {
    const refused = this.#refused.get(path);
    if (refused !== undefined) return refused;
    if (this.#checked.type === 'ok' || !(this.#attempted || this.#touched.has(path))) return null;
    return this.#checked.issues.get(path) ?? null;
  }

  /** Every reason of a refusal stands at its field, in the page's words. */
  get isRefusalPlaced(): boolean {
    return this.#refused.size > 0 && this.unplaced.length === 0;
  }

  /** What the server says about fields that no control shows. */
  get unplaced(): string[] {
    return [...this.#refused]
      .filter(([path]) => path === '' || !this.#rules.hasControl(path))
      .map(([path, message]) => (path === '' ? message : `${path}: ${message}`));
  }

  touch(path: string): void {
    if (!this.#touched.has(path)) this.#touched = new Set([...this.#touched, path]);
    if (this.#refused.has(path)) this.#refused = new Map([...this.#refused].filter(([other]) => other !== path));
  }

  /** The answer, or null: then the errors say why there is none. */
  async send<Answer>(call: (body: Record<string, unknown>) => Promise<Answer>): Promise<Answer | null> {
    this.#attempted = true;
    const checked = this.#checked;
    if (checked.type !== 'ok' || this.#busy) return null;
    this.#busy = true;
    this.#failure = null;
    this.#refused = NONE;
    try {
      return await call(checked.body);
    } catch (error) {
      this.#failure = error;
      if (error instanceof ApiError) this.#refused = this.#rules.place(error);
      return null;
    } finally {
      this.#busy = false;
    }
  }
}

/** The new-deployment form while it is filled in: what is wrong with it, what the server said, and sending it once. */
import type { DeploymentId } from '#protocol/ids.ts';
import { api } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import { checkForm, type Issues, issuesByField } from './check-form.ts';
import type { DeployForm } from './form.ts';
import { KeyPerBody } from './key-per-body.ts';

export class DeployModel {
  form: DeployForm;
  readonly #checked = $derived.by(() => checkForm(this.form));
  /** Fields that a person has been in; others keep quiet until one tries to send. */
  #touched = $state.raw<ReadonlySet<string>>(new Set());
  #attempted = $state(false);
  #refused = $state.raw<Issues>(new Map());
  #failure = $state.raw<unknown>(null);
  #busy = $state(false);
  readonly #keys = new KeyPerBody(() => crypto.randomUUID());

  constructor(form: DeployForm) {
    this.form = $state(form);
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Why the server refused, or that it could not be reached. */
  get failure(): unknown {
    return this.#failure;
  }

  get isValid(): boolean {
    return this.#checked.type === 'ok';
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
      .filter(([path]) => path === '' || !this.#hasControl(path))
      .map(([path, message]) => (path === '' ? message : `${path}: ${message}`));
  }

  touch(path: string): void {
    if (!this.#touched.has(path)) this.#touched = new Set([...this.#touched, path]);
    if (this.#refused.has(path)) this.#refused = new Map([...this.#refused].filter(([other]) => other !== path));
  }

  /** The deployment that was made, or null: then the errors say why not. */
  async submit(): Promise<DeploymentId | null> {
    this.#attempted = true;
    const checked = this.#checked;
    if (checked.type !== 'ok' || this.#busy) return null;
    this.#busy = true;
    this.#failure = null;
    this.#refused = new Map();
    try {
      const created = await api.deployments.create(checked.body, this.#keys.keyOf(checked.body));
      return created.deployment_id;
    } catch (error) {
      this.#failure = error;
      const env = this.form.kind === 'command' ? this.form.command.env : [];
      if (error instanceof ApiError) this.#refused = issuesByField(error.problem.errors ?? [], env);
      return null;
    } finally {
      this.#busy = false;
    }
  }

  #hasControl(path: string): boolean {
    return /^(name|device_ids|timeout_seconds|retries|offline\.|strategy\.|action\.)/.test(path);
  }
}

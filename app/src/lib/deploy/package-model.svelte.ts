/** One catalogue entry while it is filled in. */
import { CreateSoftware, type Software } from '#protocol/http/software.ts';
import { fieldIssues } from '#protocol/issues.ts';
import { ApiError } from '../api/api-error.ts';
import { type Issues, issuesByField } from './check-form.ts';
import { type PackageRow, packageInput } from './package-row.ts';

export class PackageModel {
  row: PackageRow;
  readonly #body = $derived.by(() => packageInput(this.row));
  readonly #issues = $derived.by((): Issues => {
    const parsed = CreateSoftware.safeParse(this.#body);
    return parsed.success ? new Map() : issuesByField(fieldIssues(parsed.error), []);
  });
  #touched = $state.raw<ReadonlySet<string>>(new Set());
  #attempted = $state(false);
  #refused = $state.raw<Issues>(new Map());
  #failure = $state.raw<unknown>(null);
  #busy = $state(false);

  constructor(row: PackageRow) {
    this.row = $state(row);
  }

  get busy(): boolean {
    return this.#busy;
  }

  get failure(): unknown {
    return this.#failure;
  }

  error(path: string): string | null {
    const own = this.#attempted || this.#touched.has(path) ? this.#issues.get(path) : undefined;
    return this.#refused.get(path) ?? own ?? null;
  }

  touch(path: string): void {
    if (!this.#touched.has(path)) this.#touched = new Set([...this.#touched, path]);
    if (this.#refused.has(path)) this.#refused = new Map([...this.#refused].filter(([other]) => other !== path));
  }

  /** What was saved, or null: then the errors say why not. */
  async save(send: (body: Record<string, unknown>) => Promise<Software>): Promise<Software | null> {
    this.#attempted = true;
    if (this.#issues.size > 0 || this.#busy) return null;
    this.#busy = true;
    this.#failure = null;
    this.#refused = new Map();
    try {
      return await send(this.#body);
    } catch (error) {
      this.#failure = error;
      if (error instanceof ApiError) this.#refused = issuesByField(error.problem.errors ?? [], []);
      return null;
    } finally {
      this.#busy = false;
    }
  }
}

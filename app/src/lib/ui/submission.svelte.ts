/** Sending a form that the server alone checks: one at a time, and what was refused stands at its field until the next. */
import { fieldError } from '../api/api-error.ts';
import type { FieldForm } from './field.ts';

export class Submission implements FieldForm {
  #busy = $state(false);
  #failure = $state.raw<unknown>(null);

  get busy(): boolean {
    return this.#busy;
  }

  get failure(): unknown {
    return this.#failure;
  }

  error = (path: string): string | null => fieldError(this.#failure, path);

  touch = (): void => {};

  /** Whether it succeeded; what `call` throws is shown. */
  async send(call: () => Promise<void>): Promise<boolean> {
    if (this.#busy) return false;
    this.#busy = true;
    this.#failure = null;
    try {
      await call();
      return true;
    } catch (error) {
      this.#failure = error;
      return false;
    } finally {
      this.#busy = false;
    }
  }

  forget(): void {
    this.#failure = null;
  }
}

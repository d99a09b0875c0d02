/**
 * A form on its way from the page where it was filled in to the one where it goes on. In memory: secrets that were typed go
 * into no address and no storage.
 */
import type { DeployForm } from './form.ts';

export class DraftHandover {
  #draft: DeployForm | null = null;

  /** For the page that `leave` opens. One that is not opened after all leaves nothing behind for the next. */
  async during(draft: DeployForm, leave: () => Promise<void>): Promise<void> {
    this.#draft = draft;
    try {
      await leave();
    } finally {
      this.#draft = null;
    }
  }

  /** What was handed over, once. */
  take(): DeployForm | null {
    const draft = this.#draft;
    this.#draft = null;
    return draft;
  }
}

export const draftHandover = new DraftHandover();

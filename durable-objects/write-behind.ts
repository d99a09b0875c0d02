/**
 * Writes a moment later what nobody waits for: every commit is a sync of the disk, and a quick job's steps are overtaken by its
 * result, whose transaction takes them along. Only for what may be lost in a crash without harm.
 */
const WRITE_WITHIN_MS = 500;

export class WriteBehind {
  readonly #ctx: DurableObjectState;
  readonly #write: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(ctx: DurableObjectState, write: () => void) {
    this.#ctx = ctx;
    this.#write = write;
  }

  later(): void {
    if (this.#timer !== null) return;
    // Waited for, so that an idle object is not evicted before.
    this.#ctx.waitUntil(
      new Promise<void>((resolve) => {
        this.#timer = setTimeout(() => {
          this.#timer = null;
          this.#ctx.storage.transactionSync(this.#write);
          resolve();
        }, WRITE_WITHIN_MS);
      }),
    );
  }
}

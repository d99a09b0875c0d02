/**
 * Writes a moment later what nobody waits for: every commit is a sync of the disk, and a quick job's steps are overtaken by its
 * result, whose transaction takes them along. Only for what may be lost in a crash without harm.
 */

/** After the burst that it came with, and well within the ten seconds of idleness after which the runtime may evict an object. */
const WRITE_WITHIN_MS = 3_000;

export class WriteBehind {
  readonly #storage: DurableObjectStorage;
  readonly #write: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(storage: DurableObjectStorage, write: () => void) {
    this.#storage = storage;
    this.#write = write;
  }

  later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#storage.transactionSync(this.#write);
    }, WRITE_WITHIN_MS);
  }
}

/**
 * The one physical alarm of an object. Its time is always computed from durable rows; the copy in memory only saves
 * writes: an alarm that fires early finds nothing to do, one that is armed already and early enough is left alone.
 */
/** The runtime loses an alarm that is set, while one fires, to the very time of that one; a time in the past becomes such a time. */
const SOON_MS = 10;

export class Alarm {
  readonly #storage: DurableObjectStorage;
  #armedAt: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** Makes sure that the alarm fires at `at` or before. Part of the transaction that is under way. */
  arm(at: number | null): void {
    if (at === null || (this.#armedAt !== null && this.#armedAt <= at)) return;
    this.#armedAt = at;
    // Not awaited: the write belongs to the same commit as the rows, and the output gate waits for that.
    void this.#storage.setAlarm(Math.max(at, Date.now() + SOON_MS));
  }

  /** Call first in `alarm()`: the runtime has taken the alarm away. */
  fired(): void {
    this.#armedAt = null;
  }
}

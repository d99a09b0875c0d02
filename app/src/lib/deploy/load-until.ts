/**
 * Loads one step after the other until there is enough. Whoever wants more while steps are running only raises the aim: two runs
 * at once would fetch everything twice.
 */
export class LoadUntil {
  readonly #have: () => number;
  /** False when there is nothing more to load, or it failed. */
  readonly #step: () => Promise<boolean>;
  #wanted = 0;
  #running = false;

  constructor(have: () => number, step: () => Promise<boolean>) {
    this.#have = have;
    this.#step = step;
  }

  async want(count: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, count);
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#have() < this.#wanted && (await this.#step()));
    } finally {
      this.#running = false;
      this.#wanted = 0;
    }
  }
}

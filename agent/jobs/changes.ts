/** Waiting for a condition that others bring about, with a bound. */
export class Changes {
  #checks: (() => void)[] = [];

  /** To be called after anything that a waiting condition may look at. */
  notify(): void {
    for (const check of this.#checks) check();
  }

  /** Resolves when the condition holds or the time is over, whichever comes first. */
  until(condition: () => boolean, withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#checks = this.#checks.filter((other) => other !== check);
        resolve();
      };
      const check = (): void => {
        if (condition()) done();
      };
      const timer = setTimeout(done, withinMs);
      this.#checks.push(check);
      check();
    });
  }
}

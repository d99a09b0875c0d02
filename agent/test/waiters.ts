/** Waiting in tests for what happens elsewhere: looked at after each event, not by polling, and with a bound. */
export class Waiters {
  #checks: (() => void)[] = [];

  changed(): void {
    for (const check of this.#checks) check();
  }

  until(what: string, condition: () => boolean, withinMs = 4000): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#checks = this.#checks.filter((other) => other !== check);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`did not happen in time: ${what}`));
      }, withinMs);
      const check = (): void => {
        if (!condition()) return;
        done();
        resolve();
      };
      this.#checks.push(check);
      check();
    });
  }
}

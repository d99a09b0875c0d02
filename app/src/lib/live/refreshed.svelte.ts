/**
 * Data that events say has changed, without saying to what. A refresh that fails keeps what there is, and says so: an outage
 * must not look like nothing. Pages make it from what `load` fetched:
 * `const stats = $derived(new Refreshed(data.stats, () => api.stats()))`.
 */
export class Refreshed<Value> {
  #value: Value;
  #asOf: number;
  #failed = $state(false);
  readonly #fetch: () => Promise<Value>;
  readonly #now: () => number;

  constructor(first: Value, fetchValue: () => Promise<Value>, now: () => number = Date.now) {
    this.#value = $state.raw(first);
    this.#asOf = $state(now());
    this.#fetch = fetchValue;
    this.#now = now;
  }

  get value(): Value {
    return this.#value;
  }

  /** When it was asked for what is shown; null while nothing says that this is too old. */
  get staleSince(): number | null {
    return this.#failed ? this.#asOf : null;
  }

  /** For what an event says in full. */
  update(change: (value: Value) => Value): void {
    this.#value = change(this.#value);
  }

  refresh = async (): Promise<void> => {
    const asked = this.#now();
    try {
      this.#value = await this.#fetch();
      this.#asOf = asked;
      this.#failed = false;
    } catch {
      this.#failed = true;
    }
  };
}

/** Idempotency keys: the same body keeps its key, so sent twice it counts once; a changed body is something else and gets another. */
export class KeyPerBody {
  #last: { body: string; key: string } | null = null;
  readonly #newKey: () => string;

  constructor(newKey: () => string) {
    this.#newKey = newKey;
  }

  keyOf(body: Record<string, unknown>): string {
    const text = JSON.stringify(body);
    if (this.#last?.body !== text) this.#last = { body: text, key: this.#newKey() };
    return this.#last.key;
  }
}

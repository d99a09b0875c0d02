/**
 * Answers and events travel on two ways. What a call answers about a thing counts only while no event has told of it since
 * the call was made: the event is at least as new.
 */
export class Heard {
  readonly #counts = new Map<string, number>();

  note(id: string): void {
    this.#counts.set(id, this.#count(id) + 1);
  }

  /** The answer says whether anything was heard since. */
  since(id: string): () => boolean {
    const before = this.#count(id);
    return () => this.#count(id) !== before;
  }

  #count(id: string): number {
    return this.#counts.get(id) ?? 0;
  }
}

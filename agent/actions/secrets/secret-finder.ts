/**
 * Finds any of many texts in a text that comes character by character, in one step a character however many there are: the automaton
 * of Aho and Corasick. Its states are the beginnings of what is looked for; the state after a character is the longest of them that
 * the text now ends in. Built once a job, then only read.
 */

/** State 0 is the empty beginning. */
const ROOT = 0;

export class SecretFinder {
  /** Children of a state are a list: of one character mostly, but for those of the root. */
  readonly #rootChildren = new Map<number, number>();
  readonly #code: number[] = [0];
  readonly #child: number[] = [ROOT];
  readonly #sibling: number[] = [ROOT];
  readonly #fallback: number[] = [ROOT];
  readonly #depth: number[] = [0];
  readonly #found: number[] = [0];

  constructor(texts: readonly string[]) {
    for (const text of texts) this.#add(text);
    this.#link();
  }

  /** The state after one more UTF-16 code unit. */
  next(state: number, code: number): number {
    let from = state;
    for (;;) {
      const child = this.#childOf(from, code);
      if (child !== ROOT || from === ROOT) return child;
      from = this.#at(this.#fallback, from);
    }
  }

  /** How many of the last characters could be the beginning of something that is looked for. */
  depth(state: number): number {
    return this.#at(this.#depth, state);
  }

  /** The length of the longest text that ends here; 0 when none does. */
  found(state: number): number {
    return this.#at(this.#found, state);
  }

  #at(list: readonly number[], state: number): number {
    return list[state] ?? ROOT;
  }

  #childOf(state: number, code: number): number {
    if (state === ROOT) return this.#rootChildren.get(code) ?? ROOT;
    let child = this.#at(this.#child, state);
    while (child !== ROOT && this.#code[child] !== code) child = this.#at(this.#sibling, child);
    return child;
  }

  #add(text: string): void {
    let state = ROOT;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      const known = this.#childOf(state, code);
      state = known === ROOT ? this.#addChild(state, code) : known;
    }
    this.#found[state] = text.length;
  }

  #addChild(parent: number, code: number): number {
    const child = this.#code.length;
    this.#code.push(code);
    this.#child.push(ROOT);
    this.#sibling.push(this.#at(this.#child, parent));
    this.#fallback.push(ROOT);
    this.#depth.push(this.depth(parent) + 1);
    this.#found.push(0);
    this.#child[parent] = child;
    if (parent === ROOT) this.#rootChildren.set(code, child);
    return child;
  }

  /** Shorter beginnings first, because the longer ones are made from them. */
  #link(): void {
    let level = [...this.#rootChildren.values()];
    while (level.length > 0) {
      const below: number[] = [];
      for (const state of level) {
        if (this.found(state) === 0) this.#found[state] = this.found(this.#at(this.#fallback, state));
        for (let child = this.#at(this.#child, state); child !== ROOT; child = this.#at(this.#sibling, child)) {
          this.#fallback[child] = this.next(this.#at(this.#fallback, state), this.#at(this.#code, child));
          below.push(child);
        }
      }
      level = below;
    }
  }
}

/**
 * Replaces secrets in output by `***`, also where they come in pieces (LOG9). Only what could be the beginning of a secret is held back,
 * and nothing else is altered. Secrets that overlap or touch become one `***`. Pure but for the timer of a stream.
 */
import { SecretFinder } from './secret-finder.ts';
import { secretForms } from './secret-forms.ts';

export const MASK = '***';

/** A prompt without a line end shows although its last characters could begin a secret; a person notices no shorter wait. */
const IDLE_MS = 100;

/** So much of a secret's beginning may show when nothing follows: less than what counts as a secret. */
const MAX_SHOWN_WHEN_IDLE = 3;

export type MaskStream = {
  write: (text: string) => void;
  /** What was held back is no secret, because nothing follows. */
  end: () => void;
};

export type Mask = {
  text: (text: string) => string;
  stream: (output: (text: string) => void, idleMs?: number) => MaskStream;
};

/** A part of the text that is not shown; `shown` says that its `***` is. Positions count from the beginning of the stream. */
type Hidden = { start: number; end: number; shown: boolean };

class Screen {
  readonly #finder: SecretFinder;
  #state = 0;
  /** What was not put out yet, and where it begins. */
  #held = '';
  #from = 0;
  #hidden: Hidden[] = [];

  constructor(finder: SecretFinder) {
    this.#finder = finder;
  }

  /** What can be told of the text now. */
  take(text: string): string {
    const begin = this.#from + this.#held.length;
    for (let index = 0; index < text.length; index++) {
      this.#state = this.#finder.next(this.#state, text.charCodeAt(index));
      const length = this.#finder.found(this.#state);
      if (length > 0) this.#hide(begin + index + 1 - length, begin + index + 1);
    }
    this.#held += text;
    return this.#release(this.#end - this.#finder.depth(this.#state));
  }

  /** The rest, when nothing follows. */
  rest(): string {
    const rest = this.#release(this.#end);
    this.#state = 0;
    return rest;
  }

  /** The rest, when nothing has followed so far: the search goes on. */
  idle(): string {
    return this.#finder.depth(this.#state) > MAX_SHOWN_WHEN_IDLE ? '' : this.#release(this.#end);
  }

  get holds(): boolean {
    return this.#held !== '';
  }

  get #end(): number {
    return this.#from + this.#held.length;
  }

  #hide(start: number, end: number): void {
    const hidden: Hidden = { start, end, shown: false };
    for (let last = this.#hidden.at(-1); last !== undefined && last.end >= hidden.start; last = this.#hidden.at(-1)) {
      this.#hidden.pop();
      hidden.start = Math.min(hidden.start, last.start);
      hidden.shown ||= last.shown;
    }
    this.#hidden.push(hidden);
  }

  /** Puts out everything before `settled`, before which nothing more will be hidden; some of it may be out already. */
  #release(settled: number): string {
    const limit = Math.max(settled, this.#from);
    let out = '';
    let at = this.#from;
    for (const hidden of this.#hidden) {
      if (hidden.start >= limit) break;
      out += this.#slice(at, hidden.start);
      if (!hidden.shown) out += MASK;
      hidden.shown = true;
      at = Math.max(at, Math.min(hidden.end, limit));
    }
    out += this.#slice(at, limit);
    // One that ends at the limit may go on: the next may touch it.
    this.#hidden = this.#hidden.filter(({ end }) => end >= limit);
    this.#held = this.#held.slice(limit - this.#from);
    this.#from = limit;
    return out;
  }

  #slice(start: number, end: number): string {
    return start >= end ? '' : this.#held.slice(start - this.#from, end - this.#from);
  }
}

const screenStream = (screen: Screen, output: (text: string) => void, idleMs: number): MaskStream => {
  let timer: NodeJS.Timeout | null = null;
  const pass = (text: string): void => {
    if (text !== '') output(text);
  };
  const stopTimer = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return {
    write: (text) => {
      stopTimer();
      pass(screen.take(text));
      if (screen.holds) timer = setTimeout(() => pass(screen.idle()), idleMs).unref();
    },
    end: () => {
      stopTimer();
      pass(screen.rest());
    },
  };
};

/** Null when there is nothing to hide: output then goes its way untouched. */
export const makeMask = (secrets: readonly string[]): Mask | null => {
  const forms = secrets.flatMap(secretForms);
  if (forms.length === 0) return null;
  const finder = new SecretFinder(forms);
  return {
    text: (text) => {
      const screen = new Screen(finder);
      return screen.take(text) + screen.rest();
    },
    stream: (output, idleMs = IDLE_MS) => screenStream(new Screen(finder), output, idleMs),
  };
};

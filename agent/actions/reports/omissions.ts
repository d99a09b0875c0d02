/** Counts what of a report is left out, and says it in one sentence. */
import { MAX_MESSAGE_CHARACTERS } from '#protocol/limits.ts';

export class Omissions {
  readonly #reasons = new Map<string, { first: string; count: number }>();

  add(reason: string, name: string): void {
    const known = this.#reasons.get(reason);
    if (known === undefined) this.#reasons.set(reason, { first: name, count: 1 });
    else known.count += 1;
  }

  /** Null when nothing was left out. */
  text(): string | null {
    if (this.#reasons.size === 0) return null;
    const parts = [...this.#reasons].map(([reason, { first, count }]) => {
      const more = count === 1 ? '' : ` and ${count - 1} more`;
      return `${first}${more} (${reason})`;
    });
    const text = `Left out of the report: ${parts.join('; ')}`.replaceAll(/\p{Cc}/gu, '?').toWellFormed();
    return text.length <= MAX_MESSAGE_CHARACTERS
      ? text
      : `${text.slice(0, MAX_MESSAGE_CHARACTERS - 1)}…`.toWellFormed();
  }
}

/** Reads a target's log as what its attempts printed, one after the other, each from its first byte on. */

/** What the agent adds to a log in lines of its own: what it downloads and starts, and that it was interrupted. */
const NOTE = /^(?:\$ sh \.\/install\.sh \d+|(?:interrupted|download): .*)\n/;

const commonLength = (text: string, from: number, expected: string): number => {
  let length = 0;
  while (length < expected.length && text.charCodeAt(from + length) === expected.charCodeAt(length)) length += 1;
  return length;
};

export type ReadOutput = { ok: true; runs: number[] } | { ok: false; at: number; text: string };

/** `runs` says how many bytes of the expected text each attempt printed. */
export const readOutput = (text: string, expected: string): ReadOutput => {
  const runs: number[] = [];
  for (let at = 0; at < text.length; ) {
    const length = commonLength(text, at, expected);
    const note = length > 0 ? null : NOTE.exec(text.slice(at, at + 500));
    if (length === 0 && note === null)
      return { ok: false, at, text: JSON.stringify(text.slice(Math.max(0, at - 20), at + 60)) };
    if (length > 0) runs.push(length);
    at += length + (note?.[0].length ?? 0);
  }
  return { ok: true, runs };
};

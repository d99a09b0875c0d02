/** Numbers that look random and come again with the same seed: a run can be repeated as it was planned. */

export type Random = {
  /** In [0, 1). */
  next: () => number;
  between: (least: number, most: number) => number;
  /** A whole number, both ends included. */
  whole: (least: number, most: number) => number;
  chance: (probability: number) => boolean;
  pick: <Value>(values: readonly Value[]) => Value;
  /** Some of the values, in their order. */
  some: <Value>(values: readonly Value[], count: number) => Value[];
};

/** FNV-1a: lanes of one plan get streams of their own, so that a change in one leaves the others as they were. */
const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
};

export const createRandom = (seed: string): Random => {
  let state = hash(seed);
  /** Mulberry32. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const between = (least: number, most: number): number => least + next() * (most - least);
  const whole = (least: number, most: number): number => Math.floor(between(least, most + 1));
  const pick = <Value>(values: readonly Value[]): Value => {
    const value = values[whole(0, values.length - 1)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  };
  const some = <Value>(values: readonly Value[], count: number): Value[] => {
    const left = values.map((_, index) => index);
    const taken = Array.from({ length: Math.min(count, values.length) }, () => {
      const [index] = left.splice(whole(0, left.length - 1), 1);
      return index;
    });
    return values.filter((_, index) => taken.includes(index));
  };
  return { next, between, whole, chance: (probability) => next() < probability, pick, some };
};

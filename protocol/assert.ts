/** Makes a switch over one of our own unions exhaustive: a new member fails to compile here. */
export const assertNever = (value: never): never => {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
};

/** Throws on a broken invariant; expected refusals are values instead. */
export function assertInvariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${message}`);
}

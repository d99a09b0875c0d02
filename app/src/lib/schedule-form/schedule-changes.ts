/** What an edit changes: only that is sent, so that it takes back nothing that somebody else changed meanwhile. */
type Body = Readonly<Record<string, unknown>>;

/** Wall times mean something in their zone alone, and limits with their recurrence: they go together. */
const TIMING: ReadonlySet<string> = new Set(['recurrence', 'timezone', 'start_date', 'end_date']);

const differ = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);

export const changesOf = (before: Body, after: Body): Record<string, unknown> => {
  const isChanged = (key: string): boolean => differ(before[key], after[key]);
  const retimed = [...TIMING].some(isChanged);
  return Object.fromEntries(Object.entries(after).filter(([key]) => isChanged(key) || (retimed && TIMING.has(key))));
};

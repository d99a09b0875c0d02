/**
 * What tests hold an answer against: its schema as it is, to the last field. A schema leaves out what it does not know and puts in
 * its defaults; production does neither, so an answer on which it would change anything is not the one that was declared.
 */
import type { z } from 'zod';
import { assertInvariant } from '#protocol/assert.ts';

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As JSON, in which the order of fields says nothing. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part,
  );

export const assertAnswers = (schema: z.ZodType, result: unknown): void => {
  const declared = canonical(schema.parse(result));
  const sent = canonical(result);
  assertInvariant(
    sent === declared,
    `an answer has the fields of its schema and no others; it is ${sent}, not ${declared}`,
  );
};

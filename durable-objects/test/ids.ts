/** Ids for tests: real ones, so that every schema takes them. */
import { type IdOf, type IdPrefix, newId } from '#protocol/ids.ts';

export const id = <Prefix extends IdPrefix>(prefix: Prefix): IdOf<Prefix> =>
  newId(prefix, { now: () => Date.now(), randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)) });

/** Refusals of the script library. */
import type { Use } from '#database/schedule-uses.ts';
import { conflict, namedUses, notFound, type Refusal } from '../http/problem.ts';

export const scriptNotFound = (): Refusal => notFound('scripts');

export const nameTaken = (): Refusal => conflict('scripts.name_taken', 'A script has this name already.');

export const changedMeanwhile = (): Refusal =>
  conflict('scripts.changed', 'Somebody else has changed this script meanwhile. Look at it again.');

export const scriptInUse = (uses: readonly Use[]): Refusal =>
  conflict('scripts.in_use', `The script is in use by ${namedUses(uses)}.`);

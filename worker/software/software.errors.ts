/** Refusals of the software catalogue. */
import type { Use } from '#database/schedule-uses.ts';
import { conflict, impossible, namedUses, notFound, type Refusal } from '../http/problem.ts';

export const softwareNotFound = (): Refusal => notFound('software');

export const fileUnknown = (): Refusal =>
  impossible('software.file_unknown', 'file_id', 'names no file of this team; upload it first');

export const hashOfAnotherFile = (actual: string): Refusal =>
  impossible('software.hash_mismatch', 'sha256', `the file that file_id names has ${actual}`);

export const typeUntold = (filename: string): Refusal =>
  impossible('software.type_untold', 'package_type', `is needed: the name ${filename} does not tell what the file is`);

export const softwareInUse = (uses: readonly Use[]): Refusal =>
  conflict('software.in_use', `The entry is in use by ${namedUses(uses)}.`);

/** Refusals of the file routes. */
import type { Use } from '#database/schedule-uses.ts';
import { filenameIssue, sizeIssue } from '#protocol/file-rules.ts';
import type { FileRules } from '#protocol/http/file-rules.ts';
import { MAX_SINGLE_UPLOAD_BYTES } from '#protocol/limits.ts';
import {
  conflict,
  impossible,
  invalid,
  malformed,
  namedUses,
  notFound,
  type Refusal,
  refuse,
} from '../http/problem.ts';
import { describeParts } from './upload-parts.ts';

const MEBIBYTE = 1024 * 1024;

export const fileNotFound = (): Refusal => notFound('files');
export const uploadNotFound = (): Refusal => notFound('uploads');

export const tooLarge = (): Refusal =>
  refuse(
    413,
    'files.too_large',
    `One request takes at most ${MAX_SINGLE_UPLOAD_BYTES / MEBIBYTE} MiB; send larger files in parts (POST /api/files/uploads).`,
  );

/** By the team's rules; the issue names the field and says what is allowed. */
const refuseName = (rules: FileRules, filename: string): Refusal | null => {
  const issue = filenameIssue(rules, filename);
  return issue === null ? null : impossible('files.extension_refused', issue.path, issue.message);
};

export const refuseSize = (rules: FileRules, size: number): Refusal | null => {
  const issue = sizeIssue(rules, size);
  if (issue === null) return null;
  return refuse(413, 'files.size_refused', `${issue.path}: ${issue.message}`, { errors: [issue] });
};

export const refuseByRules = (rules: FileRules, file: { filename: string; size: number }): Refusal | null =>
  refuseName(rules, file.filename) ?? refuseSize(rules, file.size);

export const filenameMissing = (): Refusal =>
  invalid([{ path: 'filename', message: 'give it as ?filename=, or as the file name of the form field "file"' }]);

export const badForm = (detail: string): Refusal => malformed('files.bad_form', detail);

export const cutOff = (): Refusal => malformed('files.cut_off', 'The body ended before its end.');

export const lengthRequired = (): Refusal =>
  refuse(411, 'files.length_required', 'A part needs the header Content-Length.');

export const wrongPartLength = (number: number, expected: number): Refusal =>
  invalid([{ path: 'content-length', message: `part ${number} has exactly ${expected} bytes` }]);

export const partsMissing = (numbers: readonly number[]): Refusal =>
  conflict('files.parts_missing', `These parts are missing: ${describeParts(numbers)}.`);

export const uploadIsComplete = (): Refusal => conflict('files.upload_complete', 'This upload is complete.');

export const partsRefused = (): Refusal =>
  conflict(
    'files.parts_refused',
    'The parts do not fit together, as when one was sent twice at once. Send all parts again.',
  );

export const hashMismatch = (actual: string): Refusal => {
  const message = `the bytes received have ${actual}`;
  return refuse(422, 'files.hash_mismatch', `sha256: ${message}`, { errors: [{ path: 'sha256', message }] });
};

export const fileInUse = (uses: readonly Use[]): Refusal =>
  conflict('files.in_use', `The file is in use by ${namedUses(uses)}.`);

export const rangeNotSatisfiable = (size: number): Refusal =>
  refuse(416, 'files.range', `The file has ${size} bytes.`, { headers: { 'content-range': `bytes */${size}` } });

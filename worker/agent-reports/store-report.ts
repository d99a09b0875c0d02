/** Keeps a file of a report: the object first, then the row. The same file again overwrites both. */
import { type Attempt, recordReportFile, reportPrefix, reportTotals } from '#database/reports.repository.ts';
import { MAX_REPORT_BYTES, MAX_REPORT_FILE_BYTES, MAX_REPORT_FILES } from '#protocol/http/scripts.ts';
import type { RequestContext } from '../context.ts';
import { lengthRequired } from '../files/files.errors.ts';
import { type Refusal, refuse } from '../http/problem.ts';

const MEBIBYTE = 1024 * 1024;

const tooMuch = (detail: string): Refusal => refuse(413, 'reports.too_much', detail);

const refuseSize = (size: number, others: { files: number; bytes: number }): Refusal | null => {
  if (size > MAX_REPORT_FILE_BYTES)
    return tooMuch(`A file of a report has at most ${MAX_REPORT_FILE_BYTES / MEBIBYTE} MiB.`);
  if (others.files >= MAX_REPORT_FILES) return tooMuch(`A report has at most ${MAX_REPORT_FILES} files.`);
  if (others.bytes + size > MAX_REPORT_BYTES)
    return tooMuch(`A report has at most ${MAX_REPORT_BYTES / MEBIBYTE} MiB.`);
  return null;
};

export const storeReport = async (
  { env, db, http, now }: RequestContext,
  attempt: Attempt,
  path: string,
): Promise<undefined | Refusal> => {
  const length = http.req.header('content-length') ?? '';
  if (!/^\d{1,15}$/.test(length)) return lengthRequired();
  const size = Number(length);
  const refusal = refuseSize(size, await reportTotals(db, attempt, path));
  if (refusal !== null) return refusal;
  // Streamed without passing through our code; what breaks off leaves no object.
  await env.FILES.put(reportPrefix(attempt) + path, http.req.raw.body ?? new Uint8Array());
  await recordReportFile(db, attempt, { path, size, at: now.toISOString() });
  return undefined;
};

/**
 * Hands what a script left in its report folder to the server, file after file, before the job's result is told (REP1 to REP4). It is
 * bounded in number, size and time, never fails the job, and says what it left out.
 */
import { join } from 'node:path';
import { MAX_REPORT_BYTES, MAX_REPORT_FILES } from '#protocol/http/scripts.ts';
import type { JobRun } from '../job-run.ts';
import { Omissions } from './omissions.ts';
import { listReportFiles, readReportFile } from './report-files.ts';
import { sendPart } from './send-part.ts';

/** 100 MiB over a slow line, and a restart of the server in between; the job's own time limit counts as well. */
const HAND_OVER_MS = 5 * 60_000;
/** After a time-out: the core waits for 15 s, of which ending the processes may take more than five. */
const LATE_HAND_OVER_MS = 4000;
/** A few words. */
const NOTE_MS = 2000;

const MEBIBYTE = 1024 * 1024;

/** Null when the report is not wanted any more. */
const timeFor = ({ signal }: JobRun): AbortSignal | null => {
  if (!signal.aborted) return AbortSignal.any([signal, AbortSignal.timeout(HAND_OVER_MS)]);
  return signal.reason === 'timed_out' ? AbortSignal.timeout(LATE_HAND_OVER_MS) : null;
};

type Total = { files: number; bytes: number };

/** Why this file does not fit any more; null when it does. */
const overflow = (total: Total, size: number): string | null => {
  if (total.files >= MAX_REPORT_FILES) return `more than ${MAX_REPORT_FILES} files`;
  return total.bytes + size > MAX_REPORT_BYTES ? `more than ${MAX_REPORT_BYTES / MEBIBYTE} MiB in all` : null;
};

const sendFile = async (run: JobRun, root: string, path: string, total: Total, signal: AbortSignal) => {
  // The name is shown to everybody who may see the target; what is in the file is the script's to say.
  if (run.mask !== null && run.mask.text(path) !== path) return 'its name holds a secret';
  const read = await readReportFile(join(root, path), run.user);
  if (!read.ok) return read.reason;
  const tooMuch = overflow(total, read.content.length);
  if (tooMuch !== null) return tooMuch;
  const sent = await sendPart(run, { path, content: read.content }, signal);
  switch (sent.type) {
    case 'taken':
      total.files += 1;
      total.bytes += read.content.length;
      return null;
    case 'refused':
      return sent.message;
    case 'closed':
      return 'the server takes no report of this job';
    case 'too_late':
      return 'not uploaded in time';
  }
};

const sendAll = async (run: JobRun, root: string, signal: AbortSignal, omissions: Omissions): Promise<Total> => {
  const total: Total = { files: 0, bytes: 0 };
  for (const path of await listReportFiles(root, omissions)) {
    const problem = await sendFile(run, root, path, total, signal);
    if (problem !== null) omissions.add(problem, path);
  }
  return total;
};

const amount = ({ files, bytes }: Total): string => {
  const size = bytes < MEBIBYTE ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
  return `${files === 1 ? '1 file' : `${files} files`}, ${size}`;
};

export const handOverReport = async (run: JobRun, root: string): Promise<void> => {
  const signal = timeFor(run);
  if (signal === null) return;
  const omissions = new Omissions();
  const total = await sendAll(run, root, signal, omissions);
  if (total.files > 0) run.output('system', `Report uploaded: ${amount(total)}\n`);
  const omitted = omissions.text();
  if (omitted === null) return;
  run.output('system', `${omitted}\n`);
  await sendPart(run, { omitted: run.mask?.text(omitted) ?? omitted }, AbortSignal.timeout(NOTE_MS));
};

/** What an action is given and what it gives back. The core makes the context, {@link file://./run-action.ts} does the work. */
import type { Job } from '#protocol/agent/job.ts';
import type { LogStream, ResultReason } from '#protocol/agent/to-server.ts';
import type { FileId } from '#protocol/ids.ts';
import type { WorkingStatus } from '#protocol/states.ts';
import type { SendReport } from '../connection/server-reports.ts';
import type { Policy } from '../policy/policy.ts';

export type ActionContext = {
  job: Job;
  policy: Policy;
  /** A fresh folder of this job; the core removes it afterwards. */
  workDirectory: string;
  /** Downloads, partial and complete; outlives jobs and restarts. */
  cacheDirectory: string;
  /** What jobs replaced, to be put back when they are undone. */
  backupDirectory: string;
  /** Appends decoded text to the job's output; a text never splits a character. */
  output: (stream: LogStream, text: string) => void;
  progress: (status: WorkingStatus, percent: number | null, message: string | null) => void;
  /** Aborted with the reason 'canceled' or 'timed_out'. */
  signal: AbortSignal;
  /** An authorized GET of a file that the server keeps; an offset above 0 asks for the range from there. */
  openFile: (fileId: FileId, offset: number, signal: AbortSignal) => Promise<Response>;
  /** Hands the server a part of this job's report, once. */
  sendReport: SendReport;
};

export type ActionOutcome = {
  outcome: 'completed' | 'failed' | 'canceled';
  reason: ResultReason;
  exit_code: number | null;
  message: string;
  details: string | null;
};

/** Parts of a job's report, handed to the server with a proof of their own each (REP1, REP4). */
import type { Job } from '#protocol/agent/job.ts';
import { askWithProof, type ServerFilesDependencies } from './server-files.ts';

export type ReportPart = { path: string; content: Uint8Array<ArrayBuffer> } | { omitted: string };

export type SendReport = (
  job: Pick<Job, 'target_id' | 'attempt'>,
  part: ReportPart,
  signal: AbortSignal,
) => Promise<Response>;

export const createSendReport =
  (deps: ServerFilesDependencies): SendReport =>
  ({ target_id, attempt }, part, signal) => {
    const named = 'path' in part ? { path: part.path } : { omitted: part.omitted };
    const query = new URLSearchParams({ ...named, attempt: String(attempt) });
    const request: RequestInit =
      'path' in part
        ? { method: 'PUT', body: part.content, headers: { 'content-type': 'application/octet-stream' } }
        : { method: 'POST' };
    return askWithProof(deps, (url, authorization) =>
      fetch(`${url}/api/agent/reports/${target_id}?${query}`, {
        ...request,
        headers: { ...request.headers, authorization },
        signal,
      }),
    );
  };

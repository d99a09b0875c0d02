/** Files that the server keeps, fetched for a job with a proof of their own each (FILE1, FILE2). */
import type { FileId, HostId } from '#protocol/ids.ts';
import { CLOCK_SKEW, MAX_REFUSAL_BYTES, parseRefusal } from './problem.ts';
import type { ServerClock } from './server-clock.ts';

export type OpenFile = (fileId: FileId, offset: number, signal: AbortSignal) => Promise<Response>;

export type ServerFilesDependencies = {
  server: () => { url: string; hostId: HostId };
  proof: (hostId: HostId) => string;
  clock: ServerClock;
};

/** Takes the server's clock over if that is what the answer complains about. */
const setByComplaint = async (response: Response, clock: ServerClock): Promise<boolean> => {
  if (response.status !== 401) return false;
  const refusal = parseRefusal((await response.clone().text()).slice(0, MAX_REFUSAL_BYTES));
  if (refusal.type !== CLOCK_SKEW || refusal.server_time === null) return false;
  clock.set(refusal.server_time);
  return true;
};

/** Asks once more by the server's clock if that is what the answer complains about. */
export const askWithProof = async (
  { server, proof, clock }: ServerFilesDependencies,
  ask: (url: string, authorization: string) => Promise<Response>,
): Promise<Response> => {
  const askOnce = (): Promise<Response> => {
    const { url, hostId } = server();
    return ask(url, `Bearer ${proof(hostId)}`);
  };
  const response = await askOnce();
  if (!(await setByComplaint(response, clock))) return response;
  await response.body?.cancel();
  return askOnce();
};

export const createOpenFile =
  (deps: ServerFilesDependencies): OpenFile =>
  (fileId, offset, signal) => {
    // The bytes of the file, not of a compressed form, are what a later try goes on from. A range makes `fetch` say that itself.
    const plain = offset > 0 ? { range: `bytes=${offset}-` } : { 'accept-encoding': 'identity' };
    return askWithProof(deps, (url, authorization) =>
      fetch(`${url}/api/agent/files/${fileId}`, { headers: { authorization, ...plain }, signal }),
    );
  };

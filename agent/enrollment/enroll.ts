/** Joins a team: makes the host key, tells the server its public half, keeps the host's id (ENR1, ENR2). Safe to do again. */
import { mkdir } from 'node:fs/promises';
import { type EnrollRequest, EnrollResponse } from '#protocol/agent/connection.ts';
import { MAX_REFUSAL_BYTES, parseRefusal } from '../connection/problem.ts';
import { loadOrMakeHostKey } from '../credentials/host-key.ts';
import { machineId } from '../credentials/machine-id.ts';
import { hostInfo } from '../host/host-info.ts';
import { errorText } from '../log.ts';
import { readAgentFile, writeEnrollment } from '../state/agent-file.ts';
import type { StateFiles } from '../state/state-directory.ts';
import { PASSABLE_DIRECTORY_MODE } from '../state/write-file.ts';

/** The server writes a few rows; a person waits for the answer. */
const ENROLL_TIMEOUT_MS = 30_000;

export type EnrollOptions = { server: string; token: string; name: string | null };
export type Enrolled = { ok: true; response: EnrollResponse } | { ok: false; error: string };

const refusalText = (status: number, body: string): string => {
  const { detail } = parseRefusal(body.slice(0, MAX_REFUSAL_BYTES));
  if (status === 401) return `--token: ${detail ?? 'the token is unknown, expired or used up'}`;
  return `--server: answered ${status}${detail === null ? '' : `: ${detail}`}`;
};

/** What went wrong below `fetch`, which itself says no more than "fetch failed". */
const causeText = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? errorText(error.cause) || errorText(error) : errorText(error);

const post = async (server: string, request: EnrollRequest): Promise<Enrolled> => {
  let status: number;
  let body: string;
  try {
    const response = await fetch(`${server}/api/agent/enroll`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(ENROLL_TIMEOUT_MS),
    });
    status = response.status;
    body = await response.text();
  } catch (error) {
    return { ok: false, error: `--server: cannot reach ${server}: ${causeText(error)}` };
  }
  if (status !== 201 && status !== 200) return { ok: false, error: refusalText(status, body) };
  try {
    return { ok: true, response: EnrollResponse.parse(JSON.parse(body)) };
  } catch {
    return { ok: false, error: `--server: ${server} did not answer as a DeployX server does` };
  }
};

export const enroll = async (options: EnrollOptions, files: StateFiles): Promise<Enrolled> => {
  await mkdir(files.directory, { recursive: true, mode: PASSABLE_DIRECTORY_MODE });
  const existing = await readAgentFile(files.agentFile);
  if (!existing.ok && !existing.missing) return { ok: false, error: `${files.agentFile}: ${existing.error}` };
  const key = await loadOrMakeHostKey(files.hostKey);
  const enrolled = await post(options.server, {
    token: options.token,
    machine_id: await machineId(files.directory, files.machineId),
    public_key: key.publicKey,
    ...(options.name === null ? {} : { name: options.name }),
    info: hostInfo(),
  });
  if (enrolled.ok)
    await writeEnrollment(files.agentFile, { server: options.server, host_id: enrolled.response.host_id });
  return enrolled;
};

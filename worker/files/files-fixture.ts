/** What tests of files share: the routes over the real database and bucket, and people of several teams to call them. */

import { env } from 'cloudflare:test';
import { Buffer } from 'node:buffer';
import { deploymentFiles, deployments } from '#database/deployments.tables.ts';
import type { FileAuthorization, HostRpc } from '#durable-objects/host/host-rpc.ts';
import { type DeploymentId, type FileId, newId, type TeamId } from '#protocol/ids.ts';
import type { DeploymentStatus, Role } from '#protocol/states.ts';
import { agentFileRoutes } from '../agent-files/agent-files.routes.ts';
import { softwareRoutes } from '../software/software.routes.ts';
import { createTestApi, ORIGIN } from '../testing/test-api.ts';
import { fileRulesRoutes } from './file-rules.routes.ts';
import { fileRoutes } from './files.routes.ts';
import { uploadRoutes } from './uploads.routes.ts';

export const bucket = env.FILES;

const unused = () => Promise.reject(new Error('no part of these tests'));

const fakeHost = (authorizeFile: HostRpc['authorizeFile']): HostRpc => ({
  prepare: unused,
  enroll: unused,
  revoke: unused,
  disconnect: unused,
  rename: unused,
  look: unused,
  reserve: unused,
  release: unused,
  deviceQueue: unused,
  enqueue: unused,
  cancel: unused,
  readLog: unused,
  findLogLine: unused,
  readHostLog: unused,
  noteSchedule: unused,
  authorizeReport: unused,
  fetch: unused,
  authorizeFile,
});

/** What the host's object says to the next download. */
export const host: { answer: (proof: string, fileId: string) => FileAuthorization } = {
  answer: () => {
    throw new Error('no answer is prepared');
  },
};

const api = createTestApi({ host: () => fakeHost(async ({ proof, file_id }) => host.answer(proof, file_id)) }, [
  ...uploadRoutes,
  ...fileRoutes,
  ...fileRulesRoutes,
  ...softwareRoutes,
  ...agentFileRoutes,
]);

export const { db, ids } = api;

/** A request with any body, streams included. */
export const call = (path: string, init: RequestInit): Promise<Response> => {
  // Ids of one millisecond have no order; lists and the audit log are read in theirs.
  api.pass(0.001);
  return api.send(new Request(`${ORIGIN}/api${path}`, init));
};

export type Person = {
  team_id: TeamId;
  call: (method: string, path: string, body?: BodyInit | null, headers?: Record<string, string>) => Promise<Response>;
  send: (method: string, path: string, body: unknown) => Promise<Response>;
};

export const signIn = async (role: Role, teamId?: TeamId): Promise<Person> => {
  const { team_id, token } = await api.newCaller(role, teamId);
  const authorization = `Bearer ${token}`;
  return {
    team_id,
    call: (method, path, body = null, headers = {}) =>
      call(path, { method, body, headers: { authorization, ...headers } }),
    send: (method, path, body) => {
      const headers = { authorization, 'content-type': 'application/json' };
      return call(path, { method, body: JSON.stringify(body), headers });
    },
  };
};

/** Tests that move up to 100 MB take about a second alone, and many on a machine that is busy. */
export const SLOW_MS = 60_000;

/** Bytes that repeat nowhere near a chunk's or a part's length, so that a piece in the wrong place shows in the hash. */
export const bytesOf = (length: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * 31 + (index >> 8) * 7 + (index >> 16)) & 255;
  return bytes;
};

export const sha256Of = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');

/** A body that arrives piece by piece, without a length; `fails` cuts it off at the end. */
export const streamOf = (pieces: Iterable<Uint8Array>, fails = false): ReadableStream<Uint8Array> => {
  const { readable, writable } = new IdentityTransformStream();
  const write = async () => {
    const writer = writable.getWriter();
    for (const piece of pieces) await writer.write(piece);
    await (fails ? writer.abort(new Error('the client went away')) : writer.close());
  };
  write().catch(() => undefined);
  return readable;
};

export const objectKeys = async (): Promise<string[]> => (await bucket.list()).objects.map(({ key }) => key);

export const leftoverCount = async (): Promise<number> =>
  (await env.DB.prepare('select count(*) as count from file_leftovers').first<number>('count')) ?? 0;

/** A deployment that needs the file, as the record has it. */
export const recordDeployment = async (
  teamId: TeamId,
  fileId: FileId,
  status: DeploymentStatus,
  times: { created_at: string; ended_at: string | null },
): Promise<DeploymentId> => {
  const id = newId('dep', ids);
  await db.batch([
    db.insert(deployments).values({
      id,
      team_id: teamId,
      name: 'rollout',
      kind: 'files',
      status,
      strategy: 'parallel',
      waves: 1,
      spec: '{}',
      items: '[]',
      ...times,
      total_targets: 0,
      pending: 0,
    }),
    db.insert(deploymentFiles).values({ deployment_id: id, file_id: fileId }),
  ]);
  return id;
};

export const auditActions = async (subjectId: string): Promise<string[]> => {
  const { results } = await env.DB.prepare('select action from audit_entries where subject_id = ? order by id')
    .bind(subjectId)
    .all<{ action: string }>();
  return results.map(({ action }) => action);
};

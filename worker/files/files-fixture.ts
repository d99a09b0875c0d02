/** What tests of files share: the routes over the real database and bucket, and people of several teams to call them. */
import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test';
import { openDatabase } from '#database/database.ts';
import { insertSession } from '#database/auth.repository.ts';
import { insertMembership, insertTeam, insertUser } from '#database/teams.repository.ts';
import type { FileAuthorization, HostRpc } from '#durable-objects/host/host-rpc.ts';
import { newId, type TeamId } from '#protocol/ids.ts';
import type { Role } from '#protocol/states.ts';
import { agentFilesRoutes } from '../agent-files/agent-files.routes.ts';
import { createApp } from '../app.ts';
import { dependencies } from '../dependencies.ts';
import { sha256Hex } from '../secrets.ts';
import { softwareRoutes } from '../software/software.routes.ts';
import { filesRoutes } from './files.routes.ts';
import { uploadsRoutes } from './uploads.routes.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      DB: D1Database;
      FILES: R2Bucket;
    }
  }
}

export const bucket = env.FILES;
export const db = openDatabase(env.DB);

const ids = { now: () => Date.now(), randomBytes: dependencies.randomBytes };

const unused = () => Promise.reject(new Error('no part of these tests'));

const fakeHost = (authorizeFile: HostRpc['authorizeFile']): HostRpc => ({
  enroll: unused,
  revoke: unused,
  disconnect: unused,
  rename: unused,
  reserve: unused,
  release: unused,
  enqueue: unused,
  cancel: unused,
  readLog: unused,
  fetch: unused,
  authorizeFile,
});

/** What the host's object says to the next download. */
export const host: { answer: (proof: string, fileId: string) => FileAuthorization } = {
  answer: () => {
    throw new Error('no answer is prepared');
  },
};

const app = createApp(
  {
    ...dependencies,
    host: () => fakeHost(async ({ proof, file_id }) => host.answer(proof, file_id)),
    checkAnswers: true,
    log: () => undefined,
  },
  [...filesRoutes, ...uploadsRoutes, ...softwareRoutes, ...agentFilesRoutes],
);

export const call = async (path: string, init: RequestInit): Promise<Response> => {
  const context = createExecutionContext();
  const response = await app.fetch(new Request(`http://deployx.test/api${path}`, init), env, context);
  await waitOnExecutionContext(context);
  return response;
};

export type Person = {
  team_id: TeamId;
  call: (method: string, path: string, body?: BodyInit | null, headers?: Record<string, string>) => Promise<Response>;
  send: (method: string, path: string, body: unknown) => Promise<Response>;
};

export const signIn = async (role: Role, team_id: TeamId = newId('team', ids)): Promise<Person> => {
  const created_at = new Date().toISOString();
  const [user_id, token] = [newId('user', ids), newId('ses', ids)];
  const session = { id: newId('ses', ids), kind: 'session' as const, token_hash: await sha256Hex(token) };
  await db.batch([
    insertTeam(db, { id: team_id, name: 'Team', created_at }).onConflictDoNothing(),
    insertUser(db, { id: user_id, username: user_id, password_hash: '', created_at }),
    insertMembership(db, { team_id, user_id, role, created_at }),
    insertSession(db, { ...session, user_id, team_id, created_at }),
  ]);
  const send = (method: string, path: string, body: BodyInit | null = null, headers: Record<string, string> = {}) =>
    call(path, { method, body, headers: { authorization: `Bearer ${token}`, ...headers } });
  const json = { 'content-type': 'application/json' };
  return {
    team_id,
    call: send,
    send: (method, path, body) => send(method, path, JSON.stringify(body), json),
  };
};

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

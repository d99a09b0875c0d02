/**
 * The real app on the real D1 and the real objects, for tests: with a clock that tests move, answers checked by their schemas,
 * and people who are signed in without the cost of a password.
 */
import { createExecutionContext, type D1Migration, env, waitOnExecutionContext } from 'cloudflare:test';
import { insertSession } from '#database/auth.repository.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { insertMembership, insertTeam, insertUser } from '#database/teams.repository.ts';
import type { Env } from '#durable-objects/env.ts';
import type { Log } from '#durable-objects/log.ts';
import { type IdSource, newId, type TeamId, type UserId } from '#protocol/ids.ts';
import type { Role } from '#protocol/states.ts';
import { type App, createApp } from '../app.ts';
import type { Dependencies } from '../context.ts';
import { dependencies as real } from '../dependencies.ts';
import type { Route } from '../http/route.ts';
import { allRoutes } from '../routes.ts';
import { newSecret, sha256Hex } from '../secrets.ts';

declare global {
  namespace Cloudflare {
    interface Env extends AppEnv {
      TEST_MIGRATIONS: D1Migration[];
    }
  }
}
type AppEnv = Env;

export const ORIGIN = 'https://deployx.test';

export type Call = { body?: unknown; headers?: Record<string, string> };

export type Caller = {
  team_id: TeamId;
  user_id: UserId;
  username: string;
  token: string;
  call: (method: string, path: string, call?: Call) => Promise<Response>;
};

export type TestApi = {
  app: App;
  db: Database;
  ids: IdSource;
  /** Moves the clock. */
  pass: (seconds: number) => void;
  now: () => Date;
  logged: Parameters<Log>[];
  /** Sends it, and waits for what the answer left to be done after it. */
  send: (request: Request) => Promise<Response>;
  request: (method: string, path: string, call?: Call) => Promise<Response>;
  newTeam: (name?: string) => Promise<TeamId>;
  newCaller: (role: Role, teamId?: TeamId) => Promise<Caller>;
};

const jsonRequest = (method: string, path: string, { body, headers = {} }: Call): Request => {
  const text = body === undefined ? null : JSON.stringify(body);
  const type: Record<string, string> = text === null ? {} : { 'content-type': 'application/json' };
  return new Request(`${ORIGIN}${path}`, { method, body: text, headers: { ...type, ...headers }, redirect: 'manual' });
};

export const createTestApi = (overrides: Partial<Dependencies> = {}, routes: readonly Route[] = allRoutes): TestApi => {
  let at = Date.now();
  let names = 0;
  const logged: Parameters<Log>[] = [];
  const clock = () => new Date(at);
  const log: Log = (event, fields) => {
    logged.push([event, fields]);
    real.log(event, fields);
  };
  const dependencies: Dependencies = { ...real, clock, log, checkAnswers: true, ...overrides };
  const app = createApp(dependencies, routes);
  const db = openDatabase(env.DB);
  const ids: IdSource = { now: () => at, randomBytes: real.randomBytes };

  const send = async (outgoing: Request): Promise<Response> => {
    const context = createExecutionContext();
    const response = await app.fetch(outgoing, env, context);
    await waitOnExecutionContext(context);
    return response;
  };

  const request = (method: string, path: string, call: Call = {}) => send(jsonRequest(method, path, call));

  const newTeam = async (name = 'A team') => {
    const id = newId('team', ids);
    await db.batch([insertTeam(db, { id, name, created_at: clock().toISOString() })]);
    return id;
  };

  const newCaller = async (role: Role, teamId?: TeamId): Promise<Caller> => {
    const team_id = teamId ?? (await newTeam());
    const user_id = newId('user', ids);
    const created_at = clock().toISOString();
    // Unique over all test files, which share a database.
    const username = `${role}-${++names}-${user_id.slice(-6)}`;
    const token = newSecret('dxs', ids.randomBytes);
    const session = { kind: 'session' as const, token_hash: await sha256Hex(token), user_id, team_id, created_at };
    await db.batch([
      insertUser(db, { id: user_id, username, password_hash: 'none', created_at }),
      insertMembership(db, { team_id, user_id, role, created_at }),
      insertSession(db, { ...session, id: newId('ses', ids), expires_at: '2999-01-01T00:00:00.000Z' }),
    ]);
    const headers = { authorization: `Bearer ${token}` };
    const call = (method: string, path: string, call: Call = {}) =>
      request(method, path, { ...call, headers: { ...headers, ...call.headers } });
    return { team_id, user_id, username, token, call };
  };

  const pass = (seconds: number) => {
    at += seconds * 1000;
  };
  return { app, db, ids, pass, now: clock, logged, send, request, newTeam, newCaller };
};

/**
 * What a handler is given. Everything that a test wants to replace (clock, randomness, database, objects, log) comes from
 * `Dependencies`, which `createApp` takes; nothing in a feature reaches for a global.
 */
import type { Context as HonoContext } from 'hono';
import type { Database, Statement } from '#database/database.ts';
import type { DeploymentRpc } from '#durable-objects/deployment/deployment-rpc.ts';
import type { Env } from '#durable-objects/env.ts';
import type { HostRpc } from '#durable-objects/host/host-rpc.ts';
import type { Log } from '#durable-objects/log.ts';
import type { ScheduleRpc } from '#durable-objects/schedule/schedule-rpc.ts';
import type { TeamRpc } from '#durable-objects/team/team-rpc.ts';
import type { DeploymentId, HostId, IdSource, ScheduleId, SessionId, TeamId, UserId } from '#protocol/ids.ts';
import type { Role } from '#protocol/states.ts';

export type Dependencies = {
  clock: () => Date;
  randomBytes: (length: number) => Uint8Array;
  database: (env: Env) => Database;
  host: (env: Env, id: HostId) => HostRpc;
  deployment: (env: Env, id: DeploymentId) => DeploymentRpc;
  schedule: (env: Env, id: ScheduleId) => ScheduleRpc;
  team: (env: Env, id: TeamId) => TeamRpc;
  log: Log;
  /** Parse every JSON answer by its schema before it is sent; tests do, production trusts the types. */
  checkAnswers: boolean;
};

export type Http = HonoContext<{ Bindings: Env }>;

/** Any request, signed in or not. */
export type RequestContext = {
  http: Http;
  env: Env;
  db: Database;
  ids: IdSource;
  /** When the request came; one instant for all that it writes. */
  now: Date;
  /** The client's address as the edge saw it. */
  address: string | null;
  request_id: string;
  dependencies: Dependencies;
};

/** Writes an audit entry in the batch of the change that it records. `details` must hold no secrets. */
export type Audit = (action: string, subjectId: string | null, details?: Record<string, unknown>) => Statement;

/** A request by a person or an API token. */
export type PersonContext = RequestContext & {
  team_id: TeamId;
  team_name: string;
  user: { id: UserId; username: string };
  /** What the caller may do in this team: the member's role, or less for an API token. */
  role: Role;
  session: { id: SessionId; kind: 'session' | 'api' };
  audit: Audit;
  /** The same, but written only if the statement before it in the batch changed a row. */
  auditIfChanged: Audit;
};

/**
 * A request that carries an agent's proof of its host key. The host is the one that the proof *names*: its HostObject, which
 * knows the key and which proofs were used, checks the proof in the call that the handler makes.
 */
export type AgentContext = RequestContext & { agent: { host_id: HostId; proof: string } };

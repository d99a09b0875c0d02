/** How an agent enrolls and connects: versions, heartbeats, close codes, and the proof of its host key. */
import { z } from 'zod';
import { DeviceId, HostId, TeamId } from '../ids.ts';
import { type Hello, HostInfo } from './to-server.ts';

/** Versions of the agent protocol that this code speaks, both ends included. */
export const PROTOCOL_MIN = 1;
export const PROTOCOL_MAX = 1;

/** The highest version both ranges hold; null when they do not meet. */
export const agreeOnProtocol = (theirs: Hello['protocol']): number | null => {
  const highest = Math.min(PROTOCOL_MAX, theirs.max);
  return highest >= PROTOCOL_MIN && highest >= theirs.min ? highest : null;
};

/** Text frames that the server's runtime answers by itself, without waking the object. */
export const HEARTBEAT_PING = 'ping';
export const HEARTBEAT_PONG = 'pong';

/** Private close codes. `replaced`: a newer connection of the same host won. `revoked` and `unsupported` are fatal: do not reconnect. */
export const CloseCode = {
  replaced: 4000,
  badMessage: 4001,
  silent: 4002,
  disconnected: 4003,
  revoked: 4010,
  unsupported: 4011,
} as const;

export const isFatalClose = (code: number): boolean => code === CloseCode.revoked || code === CloseCode.unsupported;

/** Audience of the JWT in `Authorization: Bearer` of `GET /api/agent/connect` and `GET /api/agent/files/:id`; EdDSA, signed by the host key. */
export const AGENT_TOKEN_AUDIENCE = 'deployx-agent';
/** A proof is made for one request; a minute covers a slow network and small clock differences. */
export const AGENT_TOKEN_SECONDS = 60;

export const AgentClaims = z.object({
  sub: HostId,
  aud: z.literal(AGENT_TOKEN_AUDIENCE),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().min(16).max(64),
});
export type AgentClaims = z.infer<typeof AgentClaims>;

/** An Ed25519 public key: 32 bytes in base64url, as in a JWK's `x`. */
export const PublicKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be a 32-byte Ed25519 public key in base64url');

export const EnrollRequest = z.strictObject({
  token: z.string().min(1).max(200),
  /** Stable for one machine: enrolling it again with the same key answers with the same host. */
  machine_id: z.string().min(1).max(200),
  public_key: PublicKey,
  name: z.string().trim().min(1).max(200).optional(),
  info: HostInfo,
});
export type EnrollRequest = z.infer<typeof EnrollRequest>;

export const EnrollResponse = z.object({ host_id: HostId, device_id: DeviceId, team_id: TeamId, name: z.string() });
export type EnrollResponse = z.infer<typeof EnrollResponse>;

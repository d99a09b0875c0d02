/** The proof of the host key that goes with every request: a JWT, EdDSA, for one use within a minute (CON1). */
import { type KeyObject, randomBytes, sign } from 'node:crypto';
import { AGENT_TOKEN_AUDIENCE, AGENT_TOKEN_SECONDS, type AgentClaims } from '#protocol/agent/connection.ts';
import type { HostId } from '#protocol/ids.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = encode({ alg: 'EdDSA', typ: 'JWT' });

export const makeProof = (hostId: HostId, privateKey: KeyObject, nowMs: number): string => {
  const iat = Math.floor(nowMs / 1000);
  const claims: AgentClaims = {
    sub: hostId,
    aud: AGENT_TOKEN_AUDIENCE,
    iat,
    exp: iat + AGENT_TOKEN_SECONDS,
    jti: randomBytes(16).toString('base64url'),
  };
  const signed = `${header}.${encode(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
};

/** Checks an agent's proof of its host key (CON1 to CON3 of the protocol). */
import { decodeJwt, importJWK, jwtVerify } from 'jose';
import { AGENT_TOKEN_SECONDS, AgentClaims } from '#protocol/agent/connection.ts';
import type { ProofRefusal } from './host-rpc.ts';

export type Proof = { ok: true; claims: AgentClaims } | ProofRefusal;

/** The server's clock and the agent's may differ by this much without a second round. */
const TOLERANCE_SECONDS = 30;

export const refuse = (status: 401 | 403 | 404, type: string, detail: string, now: number): ProofRefusal => ({
  ok: false,
  status,
  type,
  detail,
  server_time: new Date(now).toISOString(),
});

/** The claims of a token, not yet believed; null when it is no token of ours. */
export const readClaims = (token: string): AgentClaims | null => {
  try {
    return AgentClaims.safeParse(decodeJwt(token)).data ?? null;
  } catch {
    return null;
  }
};

export const verifyProof = async (token: string, publicKey: string, now: number): Promise<Proof> => {
  const claims = readClaims(token);
  if (claims === null) return refuse(401, 'agent.bad_proof', 'the proof is not a token of an agent', now);
  const seconds = now / 1000;
  const outside = claims.exp < seconds - TOLERANCE_SECONDS || claims.iat > seconds + TOLERANCE_SECONDS;
  if (outside || claims.exp - claims.iat > AGENT_TOKEN_SECONDS)
    return refuse(
      401,
      'agent.clock_skew',
      `a proof lives for at most ${AGENT_TOKEN_SECONDS} s by the server's clock`,
      now,
    );
  try {
    const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKey }, 'EdDSA');
    // The lifetime was checked above, with its own tolerance.
    await jwtVerify(token, key, { algorithms: ['EdDSA'], currentDate: new Date(claims.iat * 1000) });
  } catch {
    return refuse(401, 'agent.bad_proof', 'the proof is not signed by the key of this host', now);
  }
  return { ok: true, claims };
};

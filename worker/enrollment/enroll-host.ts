/**
 * An agent joins a team (ENR2 to ENR4). The use of the token, the host, its device and the audit entry are one transaction;
 * then the host's object is told, which may be repeated: an agent that got no answer enrolls again and finds its host.
 */
import { createEnrolledHost, type EnrolledHost, findEnrolledHost } from '#database/enroll-host.repository.ts';
import { findTokenByHash, type UsableToken } from '#database/enrollment.repository.ts';
import type { EnrollRequest, EnrollResponse } from '#protocol/agent/connection.ts';
import { newId } from '#protocol/ids.ts';
import { addressSubject, checkAttempts, countFailure } from '../auth/attempts.ts';
import type { RequestContext } from '../context.ts';
import { type Refusal, refuse } from '../http/problem.ts';
import { sha256Hex } from '../secrets.ts';

const join = async (
  { db, ids, now, address }: RequestContext,
  token: UsableToken,
  request: EnrollRequest,
): Promise<EnrolledHost | null> => {
  const key = { machine_id: request.machine_id, public_key: request.public_key };
  const known = await findEnrolledHost(db, token.team_id, key);
  if (known !== null) return known;
  const name = request.name ?? request.info.hostname;
  const host = { host_id: newId('host', ids), device_id: newId('dev', ids), team_id: token.team_id, name };
  await createEnrolledHost(
    db,
    token,
    { ...host, ...key, info: request.info, now: now.toISOString() },
    {
      id: newId('aud', ids),
      at: now.toISOString(),
      actor: name,
      action: 'hosts.enroll',
      subject_id: host.host_id,
      address,
      details: { enrollment_token_id: token.id, hostname: request.info.hostname },
    },
  );
  return findEnrolledHost(db, token.team_id, key);
};

export const enrollHost = async (
  context: RequestContext,
  request: EnrollRequest,
): Promise<EnrollResponse | Refusal> => {
  const address = addressSubject('enroll', context.address);
  const refused = await checkAttempts(context, [address]);
  if (refused !== null) return refused;
  const token = await findTokenByHash(context.db, await sha256Hex(request.token), context.now.toISOString());
  const host = token === null ? null : await join(context, token, request);
  if (host === null) {
    await context.db.batch([countFailure(context, address)]);
    return refuse(401, 'agent.invalid_enrollment_token', 'The enrollment token is unknown, expired or used up.');
  }
  const { host_id, team_id, name, device_id } = host;
  await context.dependencies
    .host(context.env, host_id)
    .enroll({ host_id, team_id, name, public_key: request.public_key, self_device_id: device_id });
  return host;
};

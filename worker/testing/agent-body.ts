/** What a machine says when it enrolls; each call is another machine with another key. */
import { type EnrollRequest, EnrollResponse } from '#protocol/agent/connection.ts';
import { CreatedEnrollmentToken } from '#protocol/http/hosts.ts';
import type { Caller, TestApi } from './test-api.ts';

/** 32 random bytes; nothing here signs with it. */
const newPublicKey = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');

export const agentBody = (token: string, fields: Partial<EnrollRequest> = {}): EnrollRequest => ({
  token,
  machine_id: crypto.randomUUID(),
  public_key: newPublicKey(),
  info: { hostname: 'rack', os: 'linux', platform: 'Debian 12', arch: 'x64', cpus: 4, memory_bytes: 8_000_000_000 },
  ...fields,
});

/** A host that has joined the caller's team. */
export const newHost = async (
  api: TestApi,
  admin: Caller,
  fields: Partial<EnrollRequest> = {},
): Promise<EnrollResponse> => {
  const created = await admin.call('POST', '/api/enrollment-tokens', { body: {} });
  const { token } = CreatedEnrollmentToken.parse(await created.json());
  const response = await api.request('POST', '/api/agent/enroll', { body: agentBody(token, fields) });
  return EnrollResponse.parse(await response.json());
};

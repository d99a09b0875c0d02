/**
 * Who may call a route. A route cannot be declared without one of these three, and its handler's context follows from it:
 * `anyone` (public), `agents` (carries an agent's proof of its host key), `atLeast(role)` (a member of a team, or an API token).
 */
import { decodeJwt } from 'jose';
import { HostId } from '#protocol/ids.ts';
import { type Role, roleAtLeast } from '#protocol/states.ts';
import { authenticatePerson } from '../auth/authenticate.ts';
import { bearerToken } from '../auth/credentials.ts';
import type { AgentContext, PersonContext, RequestContext } from '../context.ts';
import { forbidden, notSignedIn, Refusal } from './problem.ts';

export type AccessLevel = 'public' | 'agent' | Role;

export type Access<Context extends RequestContext> = {
  level: AccessLevel;
  admit: (context: RequestContext) => Promise<Context | Refusal>;
};

export const anyone: Access<RequestContext> = { level: 'public', admit: async (context) => context };

const namedHost = (proof: string): HostId | null => {
  try {
    return HostId.safeParse(decodeJwt(proof).sub).data ?? null;
  } catch {
    return null;
  }
};

export const agents: Access<AgentContext> = {
  level: 'agent',
  admit: async (context) => {
    const proof = bearerToken(context.http.req.raw);
    const hostId = proof === null ? null : namedHost(proof);
    if (proof === null || hostId === null)
      return notSignedIn('agent.proof_required', 'This needs a proof of a host key.');
    return { ...context, agent: { host_id: hostId, proof } };
  },
};

export const atLeast = (role: Role): Access<PersonContext> => ({
  level: role,
  admit: async (context) => {
    const person = await authenticatePerson(context);
    if (person instanceof Refusal || roleAtLeast(person.role, role)) return person;
    return forbidden('auth.role_too_low', `This needs the role ${role}; yours is ${person.role}.`);
  },
});

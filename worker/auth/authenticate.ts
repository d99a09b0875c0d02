/** From a request's token to the person behind it, with one read: session, user, membership and team together. */
import { auditIfChanged, auditStatement } from '#database/audit.repository.ts';
import { findCaller } from '#database/auth.repository.ts';
import { newId } from '#protocol/ids.ts';
import { type Role, roleAtLeast } from '#protocol/states.ts';
import type { Audit, PersonContext, RequestContext } from '../context.ts';
import { forbidden, notSignedIn, type Refusal } from '../http/problem.ts';
import { sha256Hex } from '../secrets.ts';
import { bearerToken, cookieToken, isForgeable } from './credentials.ts';

const lesser = (role: Role, cap: Role | null): Role => (cap !== null && roleAtLeast(role, cap) ? cap : role);

type Person = Pick<PersonContext, 'team_id' | 'team_name' | 'user' | 'role' | 'session'>;

const auditFor =
  (context: RequestContext, person: Person, write: typeof auditStatement | typeof auditIfChanged): Audit =>
  (action, subjectId, details = {}) =>
    write(context.db, person.team_id, {
      id: newId('aud', context.ids),
      at: context.now.toISOString(),
      actor: person.user.username,
      action,
      subject_id: subjectId,
      address: context.address,
      details: person.session.kind === 'api' ? { ...details, api_token_id: person.session.id } : details,
    });

export const authenticatePerson = async (context: RequestContext): Promise<PersonContext | Refusal> => {
  const request = context.http.req.raw;
  const bearer = bearerToken(request);
  const token = bearer ?? cookieToken(request);
  if (token === null) return notSignedIn();
  if (bearer === null && isForgeable(request))
    return forbidden('auth.cross_site', 'A change with the session cookie must come from this site.');
  const caller = await findCaller(context.db, await sha256Hex(token), context.now.toISOString());
  if (caller === null) return notSignedIn('auth.invalid_token', 'The token is unknown, expired or revoked.');
  const person: Person = {
    team_id: caller.team_id,
    team_name: caller.team_name,
    user: { id: caller.user_id, username: caller.username },
    role: lesser(caller.role, caller.role_cap),
    session: { id: caller.session_id, kind: caller.kind },
  };
  return {
    ...context,
    ...person,
    audit: auditFor(context, person, auditStatement),
    auditIfChanged: auditFor(context, person, auditIfChanged),
  };
};

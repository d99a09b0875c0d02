/** From a user name and password to a session. An unknown user costs as much time, and answers the same, as a wrong password. */
import { auditStatement } from '#database/audit.repository.ts';
import { findSignIn, insertSession, type SignInRecord } from '#database/auth.repository.ts';
import { clearAttempts } from '#database/login-attempts.repository.ts';
import type { CurrentUser } from '#protocol/http/auth.ts';
import { newId } from '#protocol/ids.ts';
import type { RequestContext } from '../context.ts';
import { type Refusal, refuse } from '../http/problem.ts';
import { newSecret, sha256Hex } from '../secrets.ts';
import { accountSubject, addressSubject, checkAttempts, countFailure } from './attempts.ts';
import { verifyPassword } from './password.ts';

/** A fortnight: long enough not to annoy, short enough that a forgotten browser signs itself out. */
export const SESSION_SECONDS = 14 * 86_400;

export type SignedIn = { token: string; expires_at: string; user: CurrentUser };

const wrong = () => refuse(401, 'auth.invalid_credentials', 'The user name or the password is wrong.');

const openSession = async (context: RequestContext, record: SignInRecord): Promise<SignedIn> => {
  const { db, ids, now, address } = context;
  const { user_id, team_id, username, role, team_name } = record;
  const token = newSecret('dxs', ids.randomBytes);
  const created_at = now.toISOString();
  const expires_at = new Date(now.getTime() + SESSION_SECONDS * 1000).toISOString();
  const id = newId('ses', ids);
  const session = {
    id,
    kind: 'session' as const,
    token_hash: await sha256Hex(token),
    user_id,
    team_id,
    created_at,
    expires_at,
  };
  await db.batch([
    insertSession(db, session),
    clearAttempts(db, accountSubject(username).key),
    auditStatement(db, team_id, {
      id: newId('aud', ids),
      at: created_at,
      actor: username,
      action: 'auth.login',
      subject_id: user_id,
      address,
      details: {},
    }),
  ]);
  return { token, expires_at, user: { id: user_id, username, team_id, team_name, role } };
};

export const signIn = async (
  context: RequestContext,
  credentials: { username: string; password: string },
): Promise<SignedIn | Refusal> => {
  const username = credentials.username.toLowerCase();
  const [account, address] = [accountSubject(username), addressSubject('login', context.address)];
  const refusedBefore = await checkAttempts(context, [account, address]);
  if (refusedBefore !== null) return refusedBefore;
  const record = await findSignIn(context.db, username);
  const right = await verifyPassword(credentials.password, record?.password_hash ?? null);
  if (!right || record === null) {
    await context.db.batch([countFailure(context, account), countFailure(context, address)]);
    return wrong();
  }
  // Guesses sent all at once pass the first check together; those that failed meanwhile count against the right one too.
  return (await checkAttempts(context, [account, address])) ?? openSession(context, record);
};

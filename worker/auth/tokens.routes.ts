import { z } from 'zod';
import { deleteSession, findApiToken, insertSession, listApiTokens } from '#database/auth.repository.ts';
import { ApiToken, CreateApiToken, CreatedApiToken } from '#protocol/http/auth.ts';
import { PageQuery, pageOf } from '#protocol/http/page.ts';
import { newId, SessionId } from '#protocol/ids.ts';
import { roleAtLeast } from '#protocol/states.ts';
import type { PersonContext } from '../context.ts';
import { atLeast } from '../http/access.ts';
import { forbidden, notFound } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { newSecret, sha256Hex } from '../secrets.ts';

const tag = 'tokens';

const seesAll = ({ role }: PersonContext): boolean => roleAtLeast(role, 'admin');

const create = route(
  {
    method: 'post',
    path: '/tokens',
    tag,
    summary: 'Make an API token; it is shown once',
    access: atLeast('viewer'),
    body: CreateApiToken,
    answer: { status: 201, description: 'The token', schema: CreatedApiToken },
    creates: true,
  },
  async (context) => {
    const { db, ids, now, team_id, user, body, session, audit } = context;
    // Otherwise a leaked token could outlive its deletion through the ones that it made.
    if (session.kind === 'api') return forbidden('tokens.session_required', 'An API token cannot make API tokens.');
    const role = body.role ?? context.role;
    if (!roleAtLeast(context.role, role)) return forbidden('tokens.role_too_high', `Your own role is ${context.role}.`);
    const seconds = body.expires_in_seconds;
    const expires_at = seconds === undefined ? null : new Date(now.getTime() + seconds * 1000).toISOString();
    const token = newSecret('dxt', ids.randomBytes);
    const row = { id: newId('ses', ids), name: body.name, created_at: now.toISOString(), expires_at };
    const owner = { kind: 'api' as const, user_id: user.id, team_id, role_cap: role };
    await db.batch([
      insertSession(db, { ...row, ...owner, token_hash: await sha256Hex(token) }),
      audit('tokens.create', row.id, { name: body.name, role }),
    ]);
    return { ...row, role, username: user.username, token };
  },
);

const list = route(
  {
    method: 'get',
    path: '/tokens',
    tag,
    summary: "API tokens: your own, or the whole team's for an admin",
    access: atLeast('viewer'),
    query: PageQuery,
    answer: { status: 200, description: 'Tokens, the newest first', schema: pageOf(ApiToken) },
  },
  async (context) =>
    listApiTokens(context.db, context.team_id, seesAll(context) ? null : context.user.id, context.query),
);

const remove = route(
  {
    method: 'delete',
    path: '/tokens/{token_id}',
    tag,
    summary: 'Delete an API token; it is refused from then on',
    access: atLeast('viewer'),
    params: z.object({ token_id: SessionId }),
    answer: { status: 204, description: 'Deleted' },
  },
  async (context) => {
    const { db, team_id, user, params, audit } = context;
    const token = await findApiToken(db, team_id, params.token_id);
    if (token === null || (token.user_id !== user.id && !seesAll(context))) return notFound(tag);
    await db.batch([deleteSession(db, team_id, token.id), audit('tokens.delete', token.id)]);
    return undefined;
  },
);

export const tokenRoutes = [create, list, remove];

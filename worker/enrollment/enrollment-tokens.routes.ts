import { z } from 'zod';
import { deleteEnrollmentToken, findEnrollmentToken, listEnrollmentTokens } from '#database/enrollment.repository.ts';
import { checkGroups } from '#database/groups.repository.ts';
import { CreatedEnrollmentToken, CreateEnrollmentToken, EnrollmentToken } from '#protocol/http/hosts.ts';
import { PageQuery, pageOf } from '#protocol/http/page.ts';
import { EnrollmentTokenId, type GroupId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { atLeast } from '../http/access.ts';
import { impossible, notFound, type Refusal } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { createEnrollmentToken } from './create-token.ts';

const tag = 'enrollment_tokens';
const params = z.object({ token_id: EnrollmentTokenId });

const refuseGroups = async ({ db, team_id }: PersonContext, ids: GroupId[]): Promise<Refusal | null> => {
  const { unknown, bySelector } = await checkGroups(db, team_id, ids);
  const [missing] = unknown;
  if (missing !== undefined) return impossible(`${tag}.unknown_group`, 'group_ids', `there is no group ${missing}`);
  const [selected] = bySelector;
  if (selected === undefined) return null;
  return impossible(`${tag}.selector_group`, 'group_ids', `${selected} is filled by its selector; give labels instead`);
};

const create = route(
  {
    method: 'post',
    path: '/enrollment-tokens',
    tag,
    summary: 'Make a token that lets agents join; it is shown once',
    access: atLeast('admin'),
    body: CreateEnrollmentToken,
    answer: { status: 201, description: 'The token', schema: CreatedEnrollmentToken },
    creates: true,
  },
  async (context) => {
    const { team_id, body, audit } = context;
    const refused = await refuseGroups(context, body.group_ids);
    if (refused !== null) return refused;
    const { name = 'Enrollment token', ...limits } = body;
    const auditDetails = { name, max_uses: body.max_uses, expires_in_seconds: body.expires_in_seconds };
    return createEnrollmentToken(context, team_id, { name, ...limits }, (id) =>
      audit(`${tag}.create`, id, auditDetails),
    );
  },
);

const list = route(
  {
    method: 'get',
    path: '/enrollment-tokens',
    tag,
    summary: 'Enrollment tokens, the newest first, without their secrets',
    access: atLeast('viewer'),
    query: PageQuery,
    answer: { status: 200, description: 'Tokens', schema: pageOf(EnrollmentToken) },
  },
  async ({ db, team_id, query }) => listEnrollmentTokens(db, team_id, query),
);

const get = route(
  {
    method: 'get',
    path: '/enrollment-tokens/{token_id}',
    tag,
    summary: 'One enrollment token, without its secret',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The token', schema: EnrollmentToken },
  },
  async (context) => (await findEnrollmentToken(context.db, context.team_id, context.params.token_id)) ?? notFound(tag),
);

const remove = route(
  {
    method: 'delete',
    path: '/enrollment-tokens/{token_id}',
    tag,
    summary: 'Delete a token; hosts that joined with it stay',
    access: atLeast('admin'),
    params,
    answer: { status: 204, description: 'Deleted' },
  },
  async ({ db, team_id, params: { token_id }, audit }) => {
    const token = await findEnrollmentToken(db, team_id, token_id);
    if (token === null) return notFound(tag);
    await db.batch([
      deleteEnrollmentToken(db, team_id, token_id),
      audit(`${tag}.delete`, token_id, { name: token.name }),
    ]);
    return undefined;
  },
);

export const enrollmentTokenRoutes = [create, list, get, remove];

import { z } from 'zod';
import { listMembers } from '#database/teams.repository.ts';
import { CreateMember, Member, UpdateMember } from '#protocol/http/auth.ts';
import { PageQuery, pageOf } from '#protocol/http/page.ts';
import { UserId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { addMember, changeMember, removeMember } from './members.ts';

const tag = 'members';
const params = z.object({ user_id: UserId });

const list = route(
  {
    method: 'get',
    path: '/members',
    tag,
    summary: 'The people of the team, by name',
    access: atLeast('viewer'),
    query: PageQuery,
    answer: { status: 200, description: 'Members', schema: pageOf(Member) },
  },
  async ({ db, team_id, query }) => listMembers(db, team_id, query),
);

const create = route(
  {
    method: 'post',
    path: '/members',
    tag,
    summary: 'Make a user who belongs to the team',
    access: atLeast('admin'),
    body: CreateMember,
    answer: { status: 201, description: 'The new member', schema: Member },
    creates: true,
  },
  async (context) => addMember(context, context.body),
);

const update = route(
  {
    method: 'patch',
    path: '/members/{user_id}',
    tag,
    summary: "Change a member's role, or give a new password",
    access: atLeast('admin'),
    params,
    body: UpdateMember,
    answer: { status: 200, description: 'The member', schema: Member },
    refusals: [409],
  },
  async (context) => changeMember(context, context.params.user_id, context.body),
);

const remove = route(
  {
    method: 'delete',
    path: '/members/{user_id}',
    tag,
    summary: 'Take a member out of the team and sign them out of it',
    access: atLeast('admin'),
    params,
    answer: { status: 204, description: 'Removed' },
    refusals: [409],
  },
  async (context) => removeMember(context, context.params.user_id),
);

export const memberRoutes = [list, create, update, remove];

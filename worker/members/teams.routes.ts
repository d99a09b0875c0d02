import { z } from 'zod';
import { auditStatement } from '#database/audit.repository.ts';
import { insertMembership, insertTeam, listTeamsOf } from '#database/teams.repository.ts';
import { CreateTeam, Team } from '#protocol/http/auth.ts';
import { newId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { forbidden } from '../http/problem.ts';
import { route } from '../http/route.ts';

const tag = 'teams';

const list = route(
  {
    method: 'get',
    path: '/teams',
    tag,
    summary: 'The teams that you belong to, the first joined first',
    access: atLeast('viewer'),
    answer: {
      status: 200,
      description: 'Teams; all of them in one answer',
      schema: z.object({ items: z.array(Team), next_cursor: z.null() }),
    },
  },
  async ({ db, user }) => ({ items: await listTeamsOf(db, user.id), next_cursor: null }),
);

const create = route(
  {
    method: 'post',
    path: '/teams',
    tag,
    summary: 'Make a team of which you are the owner',
    access: atLeast('viewer'),
    body: CreateTeam,
    answer: { status: 201, description: 'The team', schema: Team },
    creates: true,
  },
  async ({ db, ids, now, user, session, address, body }) => {
    if (session.kind === 'api') return forbidden('teams.session_required', 'An API token belongs to one team.');
    const id = newId('team', ids);
    const created_at = now.toISOString();
    await db.batch([
      insertTeam(db, { id, name: body.name, created_at }),
      insertMembership(db, { team_id: id, user_id: user.id, role: 'owner', created_at }),
      auditStatement(db, id, {
        id: newId('aud', ids),
        at: created_at,
        actor: user.username,
        action: 'teams.create',
        subject_id: id,
        address,
        details: { name: body.name },
      }),
    ]);
    return { id, name: body.name, role: 'owner' as const, created_at };
  },
);

export const teamRoutes = [list, create];

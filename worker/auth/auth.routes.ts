import { deleteSession, moveSession } from '#database/auth.repository.ts';
import { listTeamsOf } from '#database/teams.repository.ts';
import { CurrentUser, LoginRequest, LoginResponse, SwitchTeam } from '#protocol/http/auth.ts';
import type { PersonContext } from '../context.ts';
import { anyone, atLeast } from '../http/access.ts';
import { conflict, notFound, Refusal } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { clearedCookie, sessionCookie } from './credentials.ts';
import { SESSION_SECONDS, signIn } from './sign-in.ts';

const tag = 'auth';

const login = route(
  {
    method: 'post',
    path: '/auth/login',
    tag,
    summary: 'Sign in; the answer also sets the session cookie',
    access: anyone,
    body: LoginRequest,
    answer: { status: 200, description: 'Signed in', schema: LoginResponse },
    refusals: [401, 429],
  },
  async (context) => {
    const session = await signIn(context, context.body);
    if (session instanceof Refusal) return session;
    const cookie = sessionCookie(context.http.req.raw, session.token, SESSION_SECONDS);
    return Response.json(session, { headers: { 'set-cookie': cookie } });
  },
);

const notASession = () =>
  conflict('auth.not_a_session', 'This is for sessions; an API token is deleted under /api/tokens.');

const logout = route(
  {
    method: 'post',
    path: '/auth/logout',
    tag,
    summary: 'End this session',
    access: atLeast('viewer'),
    answer: { status: 204, description: 'Signed out' },
    refusals: [409],
  },
  async ({ db, team_id, user, session, audit, http }) => {
    if (session.kind === 'api') return notASession();
    await db.batch([deleteSession(db, team_id, session.id), audit('auth.logout', user.id)]);
    return new Response(null, { status: 204, headers: { 'set-cookie': clearedCookie(http.req.raw) } });
  },
);

const currentUser = ({ user, team_id, team_name, role }: PersonContext): CurrentUser => ({
  ...user,
  team_id,
  team_name,
  role,
});

const me = route(
  {
    method: 'get',
    path: '/auth/me',
    tag,
    summary: 'Who is signed in',
    access: atLeast('viewer'),
    answer: { status: 200, description: 'The caller', schema: CurrentUser.extend({ user: CurrentUser }) },
  },
  async (context) => ({ ...currentUser(context), user: currentUser(context) }),
);

const switchTeam = route(
  {
    method: 'post',
    path: '/auth/switch-team',
    tag,
    summary: 'Go on in another of your teams',
    access: atLeast('viewer'),
    body: SwitchTeam,
    answer: { status: 200, description: 'The caller in that team', schema: CurrentUser },
    refusals: [404, 409],
  },
  async ({ db, user, session, body, audit }) => {
    if (session.kind === 'api') return notASession();
    const team = (await listTeamsOf(db, user.id)).find(({ id }) => id === body.team_id);
    if (team === undefined) return notFound('teams');
    await db.batch([moveSession(db, session.id, user.id, team.id), audit('auth.switch_team', team.id)]);
    return { ...user, team_id: team.id, team_name: team.name, role: team.role };
  },
);

export const authRoutes = [login, logout, me, switchTeam];

import type { z } from 'zod';
import { ApiToken, type CreateApiToken, CreatedApiToken, CurrentUser, Member, Team } from '#protocol/http/auth.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { Role } from '#protocol/states.ts';
import type { Http, Query } from './http.ts';

const MemberPage = pageOf(Member);
const TeamPage = pageOf(Team);
const ApiTokenPage = pageOf(ApiToken);

export const createTeamApi = (http: Http) => ({
  teams: () => http.get('/teams', TeamPage),
  switchTeam: (teamId: string) => http.post('/auth/switch-team', CurrentUser, { team_id: teamId }),
  members: (query: Query = {}) => http.get('/members', MemberPage, query),
  addMember: (body: { username: string; password: string; role: Role }) => http.post('/members', Member, body),
  updateMember: (userId: string, body: { role?: Role; password?: string }) =>
    http.patch(`/members/${userId}`, Member, body),
  removeMember: (userId: string) => http.send('DELETE', `/members/${userId}`),
  apiTokens: (query: Query = {}) => http.get('/tokens', ApiTokenPage, query),
  createApiToken: (body: z.input<typeof CreateApiToken>, key: string) =>
    http.post('/tokens', CreatedApiToken, body, key),
  deleteApiToken: (id: string) => http.send('DELETE', `/tokens/${id}`),
});

import { Member } from '#protocol/http/auth.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { Role } from '#protocol/states.ts';
import type { Http } from './http.ts';

const MemberPage = pageOf(Member);

export const createTeamApi = (http: Http) => ({
  members: () => http.get('/members', MemberPage),
  addMember: (body: { username: string; password: string; role: Role }) => http.post('/members', Member, body),
  updateMember: (userId: string, body: { role?: Role; password?: string }) =>
    http.patch(`/members/${userId}`, Member, body),
  removeMember: (userId: string) => http.send('DELETE', `/members/${userId}`),
});

import { CurrentUser, LoginResponse } from '#protocol/http/auth.ts';
import type { Http } from './http.ts';

export const createAuthApi = (http: Http) => ({
  me: () => http.get('/auth/me', CurrentUser),
  login: (body: { username: string; password: string }) => http.post('/auth/login', LoginResponse, body),
  logout: () => http.send('POST', '/auth/logout'),
});

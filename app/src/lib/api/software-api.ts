import { pageOf } from '#protocol/http/page.ts';
import { Software } from '#protocol/http/software.ts';
import type { Body, Http, Query } from './http.ts';

const SoftwarePage = pageOf(Software);

export const createSoftwareApi = (http: Http) => ({
  list: (query: Query = {}) => http.get('/software', SoftwarePage, query),
  get: (id: string) => http.get(`/software/${id}`, Software),
  create: (body: Body, key: string) => http.post('/software', Software, body, key),
  update: (id: string, body: Body) => http.patch(`/software/${id}`, Software, body),
  delete: (id: string) => http.send('DELETE', `/software/${id}`),
});

import type { z } from 'zod';
import { pageOf } from '#protocol/http/page.ts';
import {
  type CreateScript,
  Script,
  ScriptSummary,
  ScriptVersion,
  ScriptVersionSummary,
  type UpdateScript,
} from '#protocol/http/scripts.ts';
import type { Http, Query } from './http.ts';

const ScriptPage = pageOf(ScriptSummary);
const VersionPage = pageOf(ScriptVersionSummary);

export const createScriptsApi = (http: Http) => ({
  list: (query: Query = {}) => http.get('/scripts', ScriptPage, query),
  get: (id: string) => http.get(`/scripts/${id}`, Script),
  create: (body: z.input<typeof CreateScript>, key: string) => http.post('/scripts', Script, body, key),
  update: (id: string, body: z.input<typeof UpdateScript>) => http.patch(`/scripts/${id}`, Script, body),
  delete: (id: string) => http.send('DELETE', `/scripts/${id}`),
  versions: (id: string, query: Query = {}) => http.get(`/scripts/${id}/versions`, VersionPage, query),
  version: (id: string, version: number) => http.get(`/scripts/${id}/versions/${version}`, ScriptVersion),
});

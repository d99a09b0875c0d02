import { File } from '#protocol/http/files.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { Http, Query } from './http.ts';

const FilePage = pageOf(File);

export const createFilesApi = (http: Http) => ({
  list: (query: Query = {}) => http.get('/files', FilePage, query),
  get: (id: string) => http.get(`/files/${id}`, File),
  delete: (id: string) => http.send('DELETE', `/files/${id}`),
  /** Where the bytes are, for a link. */
  contentAddress: (id: string): string => `/api/files/${id}/content`,
});

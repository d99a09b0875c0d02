import type { z } from 'zod';
import { FileRules, type UpdateFileRules } from '#protocol/http/file-rules.ts';
import { FileEntry, UnfinishedUpload } from '#protocol/http/files.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { Http, Query } from './http.ts';

const FilePage = pageOf(FileEntry);
const UploadPage = pageOf(UnfinishedUpload);

export const createFilesApi = (http: Http) => ({
  list: (query: Query = {}) => http.get('/files', FilePage, query),
  get: (id: string) => http.get(`/files/${id}`, FileEntry),
  delete: (id: string) => http.send('DELETE', `/files/${id}`),
  /** Where the bytes are, for a link. */
  contentAddress: (id: string): string => `/api/files/${id}/content`,
  unfinishedUploads: () => http.get('/files/uploads', UploadPage),
  abortUpload: (id: string) => http.send('DELETE', `/files/uploads/${id}`),
  rules: () => http.get('/team/file-rules', FileRules),
  setRules: (body: z.input<typeof UpdateFileRules>) => http.patch('/team/file-rules', FileRules, body),
});

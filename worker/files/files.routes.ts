/** Files of a team: upload in one request, list, download, delete. */
import { z } from 'zod';
import { fileObjectKey, findFile, findFileEntry, listFiles } from '#database/files.repository.ts';
import { File, FileEntry, FileQuery } from '#protocol/http/files.ts';
import { pageOf } from '#protocol/http/page.ts';
import { FileId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { createFile } from './create-file.ts';
import { deleteFile } from './delete-file.ts';
import { fileNotFound } from './files.errors.ts';
import { finish } from './finish.ts';
import { serveObject } from './serve-object.ts';

const params = z.object({ file_id: FileId });

const create = route(
  {
    method: 'post',
    path: '/files',
    tag: 'files',
    summary: 'Upload a file: a form with the field `file`, or the bytes themselves with `?filename=`',
    access: atLeast('operator'),
    // Checked with the body: a form may name the file instead, and a refused body is still read.
    query: z.object({ filename: z.string().optional() }),
    rawBody: {
      contentTypes: ['multipart/form-data', 'application/octet-stream'],
      description: 'A form with one field `file`, or the bytes of the file in any content type',
    },
    answer: { status: 201, description: 'The file', schema: File },
    creates: true,
    refusals: [400, 413, 422],
  },
  async (context) => finish(context, createFile(context, context.query.filename)),
);

const list = route(
  {
    method: 'get',
    path: '/files',
    tag: 'files',
    summary: 'Files, newest first; `q` is part of a file name',
    access: atLeast('viewer'),
    query: FileQuery,
    answer: { status: 200, description: 'A page of files', schema: pageOf(FileEntry) },
  },
  async ({ db, team_id, query }) => listFiles(db, team_id, query),
);

const get = route(
  {
    method: 'get',
    path: '/files/{file_id}',
    tag: 'files',
    summary: 'One file',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The file', schema: FileEntry },
  },
  async ({ db, team_id, params: { file_id } }) => (await findFileEntry(db, team_id, file_id)) ?? fileNotFound(),
);

const download = route(
  {
    method: 'get',
    path: '/files/{file_id}/content',
    tag: 'files',
    summary: 'The bytes of a file; answers ranges, and 304 for an ETag that the client has',
    access: atLeast('viewer'),
    params,
    answer: {
      status: 200,
      description: 'The bytes, or with `Range` a part of them (206)',
      contentType: 'application/octet-stream',
    },
    refusals: [416],
  },
  async ({ env, db, team_id, http, params: { file_id } }) => {
    const file = await findFile(db, team_id, file_id);
    if (file === undefined) return fileNotFound();
    return serveObject(env.FILES, http.req.raw, { ...file, key: fileObjectKey(team_id, file_id) });
  },
);

const remove = route(
  {
    method: 'delete',
    path: '/files/{file_id}',
    tag: 'files',
    summary: 'Delete a file that nothing uses',
    access: atLeast('operator'),
    params,
    answer: { status: 204, description: 'It is gone' },
    refusals: [409],
  },
  async (context) => deleteFile(context, context.params.file_id),
);

export const fileRoutes = [create, list, get, download, remove];

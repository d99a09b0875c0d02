/** Uploads in parts, for files above what one request takes. Their paths come before `/files/{file_id}`, which would take `uploads` for an id. */
import { z } from 'zod';
import { findUpload, listOpenUploads, listParts } from '#database/uploads.repository.ts';
import { CompleteUpload, File, StartedUpload, StartUpload, UnfinishedUpload, Upload } from '#protocol/http/files.ts';
import { PageQuery, pageOf } from '#protocol/http/page.ts';
import { UploadId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { abortUpload } from './abort-upload.ts';
import { completeUpload } from './complete-upload.ts';
import { uploadNotFound } from './files.errors.ts';
import { finish } from './finish.ts';
import { receivePart } from './receive-part.ts';
import { startUpload } from './start-upload.ts';
import { unfinishedUploadAnswer, uploadAnswer } from './upload-answers.ts';

const params = z.object({ upload_id: UploadId });

const start = route(
  {
    method: 'post',
    path: '/files/uploads',
    tag: 'files',
    summary: 'Begin an upload in parts, if the file rules of the team let the file in',
    access: atLeast('operator'),
    body: StartUpload,
    answer: { status: 201, description: 'The upload, and how to cut the file', schema: StartedUpload },
    creates: true,
    refusals: [413, 422],
  },
  async (context) => startUpload(context, context.body),
);

const list = route(
  {
    method: 'get',
    path: '/files/uploads',
    tag: 'files',
    summary: 'Uploads that are not complete, newest first',
    access: atLeast('viewer'),
    query: PageQuery,
    answer: { status: 200, description: 'A page of unfinished uploads', schema: pageOf(UnfinishedUpload) },
  },
  async ({ db, team_id, query }) => {
    const { items, next_cursor } = await listOpenUploads(db, team_id, query);
    return { items: items.map(unfinishedUploadAnswer), next_cursor };
  },
);

const get = route(
  {
    method: 'get',
    path: '/files/uploads/{upload_id}',
    tag: 'files',
    summary: 'An upload and the parts it has received, which need not be sent again',
    access: atLeast('operator'),
    params,
    answer: { status: 200, description: 'The upload', schema: Upload },
  },
  async ({ db, team_id, params: { upload_id } }) => {
    const upload = await findUpload(db, team_id, upload_id);
    if (upload === undefined) return uploadNotFound();
    return uploadAnswer(upload, await listParts(db, upload_id));
  },
);

const putPart = route(
  {
    method: 'put',
    path: '/files/uploads/{upload_id}/parts/{number}',
    tag: 'files',
    summary: 'Send a part, again if need be; each has part_size bytes but the last, which has the rest',
    access: atLeast('operator'),
    params: params.extend({ number: z.coerce.number().int() }),
    rawBody: { contentTypes: ['application/octet-stream'], description: 'The bytes of the part' },
    answer: { status: 204, description: 'The part is stored' },
    refusals: [400, 409, 411],
  },
  async (context) => receivePart(context, context.params.upload_id, context.params.number),
);

const complete = route(
  {
    method: 'post',
    path: '/files/uploads/{upload_id}/complete',
    tag: 'files',
    summary: 'Make the file out of the parts, and check its SHA-256',
    access: atLeast('operator'),
    params,
    body: CompleteUpload,
    answer: { status: 201, description: 'The file', schema: File },
    refusals: [409, 422],
  },
  async (context) => finish(context, completeUpload(context, context.params.upload_id, context.body.sha256)),
);

const abort = route(
  {
    method: 'delete',
    path: '/files/uploads/{upload_id}',
    tag: 'files',
    summary: 'Give up an upload',
    access: atLeast('operator'),
    params,
    answer: { status: 204, description: 'It is gone' },
    refusals: [409],
  },
  async (context) => abortUpload(context, context.params.upload_id),
);

export const uploadRoutes = [start, list, get, putPart, complete, abort];

/** A real HTTP server that serves one content, with ranges, and misbehaves as a test asks. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ActionContext } from '../action.ts';

/** What to do with one request instead of answering it well. */
export type Fault =
  /** Sends so many bytes of what was asked for, then breaks the connection. */
  | { type: 'cut'; after: number }
  /** Sends so many bytes and then nothing. */
  | { type: 'stall'; after: number }
  | { type: 'status'; status: number; headers?: Record<string, string> }
  | { type: 'redirect'; location: string }
  /** Answers with the whole content whatever was asked for. */
  | { type: 'ignore_range' }
  | { type: 'other_content'; content: Buffer };

export type SeenRequest = { path: string; range: string | null; ifRange: string | null; authorization: string | null };

export type FileServer = {
  url: string;
  requests: SeenRequest[];
  /** Used up one by one, in order; then all is well. */
  faults: Fault[];
  content: Buffer;
  etag: string | null;
  sha256: string;
  openFile: ActionContext['openFile'];
  close: () => Promise<void>;
};

const sha256Of = (content: Buffer) => createHash('sha256').update(content).digest('hex');

const header = (request: IncomingMessage, name: string): string | null => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
};

type Plan = { content: Buffer; etag: string | null; fault: Fault | undefined };

const answer = (request: IncomingMessage, response: ServerResponse, { content, etag, fault }: Plan): void => {
  if (fault?.type === 'redirect') return void response.writeHead(302, { location: fault.location }).end();
  if (fault?.type === 'status') return void response.writeHead(fault.status, fault.headers).end('no');
  const ifRange = header(request, 'if-range');
  const wanted = /^bytes=(\d+)-$/.exec(header(request, 'range') ?? '')?.[1];
  const ranged = wanted !== undefined && fault?.type !== 'ignore_range' && (ifRange === null || ifRange === etag);
  const start = ranged ? Number(wanted) : 0;
  if (start >= content.length && start > 0)
    return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
  const part = content.subarray(start);
  const range = ranged ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {};
  response.writeHead(ranged ? 206 : 200, {
    'content-length': part.length,
    ...range,
    ...(etag === null ? {} : { etag }),
  });
  if (fault?.type === 'cut') response.write(part.subarray(0, fault.after), () => response.destroy());
  else if (fault?.type === 'stall') response.write(part.subarray(0, fault.after));
  else response.end(part);
};

export const startFileServer = async (content: Buffer): Promise<FileServer> => {
  const server = createServer((request, response) => {
    state.requests.push({
      path: request.url ?? '',
      range: header(request, 'range'),
      ifRange: header(request, 'if-range'),
      authorization: header(request, 'authorization'),
    });
    const fault = state.faults.shift();
    const served = fault?.type === 'other_content' ? fault.content : state.content;
    answer(request, response, { content: served, etag: state.etag, fault });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const url = `http://127.0.0.1:${port}`;
  const state: FileServer = {
    url,
    requests: [],
    faults: [],
    content,
    etag: null,
    sha256: sha256Of(content),
    openFile: (fileId, offset, signal) =>
      fetch(`${url}/${fileId}`, { headers: offset > 0 ? { range: `bytes=${offset}-` } : {}, signal }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
};

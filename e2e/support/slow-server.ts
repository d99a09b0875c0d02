/** Serves one text slowly, so that a test can act while it is being downloaded. Answers ranges, as a real server does. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const PIECES = 20;
const PIECE_EVERY_MS = 100;

const drip = async (response: ServerResponse, bytes: Buffer): Promise<void> => {
  const size = Math.ceil(bytes.length / PIECES);
  for (let from = 0; from < bytes.length && !response.destroyed; from += size) {
    response.write(bytes.subarray(from, from + size));
    await sleep(PIECE_EVERY_MS);
  }
  response.end();
};

export const serveSlowly = async (text: string): Promise<{ url: string; close: () => void }> => {
  const bytes = Buffer.from(text);
  const server: Server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = bytes.subarray(from);
    response.writeHead(from === 0 ? 200 : 206, {
      'content-length': rest.length,
      etag: '"one"',
      ...(from === 0 ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    void drip(response, rest);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on a port');
  return { url: `http://127.0.0.1:${address.port}/install.sh`, close: () => server.close() };
};

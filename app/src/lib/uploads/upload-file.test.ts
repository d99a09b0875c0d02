import { describe, expect, it } from 'vitest';
import { TRIES } from './retry.ts';
import type { BodyAnswer, BodyRequest } from './send-body.ts';
import { newSession, SINGLE_REQUEST_BYTES, uploadFile } from './upload-file.ts';

const MIB = 1024 * 1024;
const UPLOAD = 'upl_01234567890123456789012345';
const stored = {
  id: 'file_01234567890123456789012345',
  filename: 'app.bin',
  size: 1,
  sha256: 'a'.repeat(64),
  content_type: 'application/octet-stream',
  created_at: '2026-01-01T00:00:00.000Z',
};

const answer = (status: number, body: unknown = {}): BodyAnswer => ({
  type: 'answer',
  status,
  text: JSON.stringify(body),
  retryAfterSeconds: null,
});

/** Counts its bytes instead of holding them. */
class BigFile extends Blob {
  readonly name = 'app.bin';
  readonly #size: number;
  constructor(size: number) {
    super([]);
    this.#size = size;
  }
  override get size(): number {
    return this.#size;
  }
  override slice(start = 0, end = this.#size): Blob {
    return new BigFile(end - start);
  }
}

type Respond = (request: BodyRequest, seen: number) => BodyAnswer;

class FakeServer {
  requests: BodyRequest[] = [];
  running = 0;
  mostAtOnce = 0;
  slept: number[] = [];
  keys = 0;
  readonly #respond: Respond;
  constructor(respond: Respond) {
    this.#respond = respond;
  }
  tools = {
    newKey: () => `key ${++this.keys}`,
    random: () => 0.5,
    sleep: async (ms: number) => void this.slept.push(ms),
    sendBody: async (request: BodyRequest): Promise<BodyAnswer> => {
      if (request.signal.aborted) return { type: 'aborted' };
      this.requests.push(request);
      this.running++;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
      await new Promise((resolve) => setImmediate(resolve));
      this.running--;
      request.onProgress(request.body.size);
      const seen = this.requests.filter((other) => other.url === request.url).length;
      return this.#respond(request, seen);
    },
  };
  upload(size: number, session = newSession(), signal = new AbortController().signal, onProgress = (_: number) => {}) {
    return uploadFile({ file: new BigFile(size), session, signal, onProgress }, this.tools);
  }
  partNumbers(): number[] {
    return this.requests.filter(({ method }) => method === 'PUT').map(({ url }) => Number(url.split('/').at(-1)));
  }
}

const inParts: Respond = ({ url, method }) => {
  if (url === '/api/files/uploads') return answer(201, { upload_id: UPLOAD, part_size: 16 * MIB, parts: 4 });
  return method === 'PUT' ? answer(200) : answer(201, stored);
};

describe('upload', () => {
  it('sends a small file in one request', async () => {
    const server = new FakeServer(() => answer(201, stored));
    expect(await server.upload(SINGLE_REQUEST_BYTES)).toEqual({ type: 'stored', file: stored });
    expect(server.requests.map(({ url }) => url)).toEqual(['/api/files?filename=app.bin']);
  });

  it('sends a large file in parts, three at a time, and completes it once', async () => {
    const server = new FakeServer(inParts);
    expect(await server.upload(100 * MIB)).toEqual({ type: 'stored', file: stored });
    expect(server.partNumbers().sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(server.mostAtOnce).toBe(3);
    expect(server.requests.at(-1)?.url).toBe(`/api/files/uploads/${UPLOAD}/complete`);
  });

  it('reports progress up to the whole size and never above', async () => {
    const server = new FakeServer(inParts);
    const reports: number[] = [];
    await server.upload(50 * MIB, newSession(), undefined, (sent) => reports.push(sent));
    expect(Math.max(...reports)).toBe(50 * MIB);
    expect(reports.at(-1)).toBe(50 * MIB);
  });

  it('tries a part again after a fault, and only that part', async () => {
    const server = new FakeServer((request, seen) =>
      request.url.endsWith('/parts/2') && seen < 3 ? answer(503) : inParts(request, seen),
    );
    expect((await server.upload(60 * MIB)).type).toBe('stored');
    expect(server.partNumbers().filter((part) => part === 2)).toHaveLength(3);
    expect(server.partNumbers().filter((part) => part !== 2)).toHaveLength(3);
    expect(server.slept).toEqual([250, 500]);
  });

  it('gives up on a part after its last try, and a second start sends only what is missing', async () => {
    let broken = true;
    const server = new FakeServer((request, seen) =>
      broken && request.url.endsWith('/parts/3') ? { type: 'unreachable' } : inParts(request, seen),
    );
    const session = newSession();
    const first = await server.upload(60 * MIB, session);
    expect(first.type).toBe('failed');
    expect(server.partNumbers().filter((part) => part === 3)).toHaveLength(TRIES);
    const missing = [1, 2, 3, 4].filter((part) => !session.doneParts.has(part));
    broken = false;
    server.requests = [];
    expect((await server.upload(60 * MIB, session)).type).toBe('stored');
    expect(server.partNumbers().sort()).toEqual(missing);
  });

  it('sends a creation again under the same key, so that it makes one file', async () => {
    const server = new FakeServer((_, seen) => (seen < 3 ? { type: 'unreachable' } : answer(201, stored)));
    expect((await server.upload(10)).type).toBe('stored');
    expect(server.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['key 1', 'key 1', 'key 1']);
  });

  it('does not repeat what was refused, and says why, field by field', async () => {
    const errors = [{ path: 'filename', message: 'must be a plain file name' }];
    const server = new FakeServer(() =>
      answer(400, { type: 'x', title: 'x', status: 400, detail: 'The file name is wrong.', errors }),
    );
    expect(await server.upload(10)).toEqual({ type: 'failed', message: 'The file name is wrong.', fields: errors });
    expect(server.requests).toHaveLength(1);
  });

  it('starts anew after the server forgot the upload', async () => {
    const server = new FakeServer((request, seen) => (request.method === 'PUT' ? answer(404) : inParts(request, seen)));
    const session = newSession();
    expect((await server.upload(60 * MIB, session)).type).toBe('failed');
    expect(session.started).toBeNull();
  });

  it('ends as canceled when it is canceled, with nothing sent after', async () => {
    const controller = new AbortController();
    const server = new FakeServer((request, seen) => {
      if (request.url.endsWith('/parts/1')) controller.abort();
      return inParts(request, seen);
    });
    expect(await server.upload(160 * MIB, newSession(), controller.signal)).toEqual({ type: 'canceled' });
    expect(server.requests.some(({ url }) => url.endsWith('/complete'))).toBe(false);
    expect(server.partNumbers().length).toBeLessThanOrEqual(3);
  });

  it('takes an answer that is not understood for a failure', async () => {
    const server = new FakeServer(() => answer(201, { hello: 'world' }));
    expect((await server.upload(10)).type).toBe('failed');
  });
});

import { describe, expect, it } from 'vitest';
import { UploadId } from '#protocol/ids.ts';
import { RememberedUploads } from './remembered-uploads.ts';
import { TRIES } from './retry.ts';
import type { BodyAnswer, BodyRequest } from './send-body.ts';
import { SINGLE_REQUEST_BYTES, uploadFile } from './upload-file.ts';

const MIB = 1024 * 1024;
const UPLOAD = UploadId.parse('upl_01234567890123456789012345');
const OTHER = UploadId.parse('upl_01234567890123456789012346');
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
  readonly lastModified = 7;
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
  /** Of the upload that the server knows. */
  parts = new Map<number, number>();
  resumed: number[] = [];
  readonly #respond: Respond;
  readonly #stored = new Map<string, string>();
  constructor(respond: Respond) {
    this.#respond = respond;
  }
  tools = {
    newKey: () => `key ${++this.keys}`,
    random: () => 0.5,
    sleep: async (ms: number) => void this.slept.push(ms),
    memory: new RememberedUploads(
      () => ({
        getItem: (key) => this.#stored.get(key) ?? null,
        setItem: (key, value) => void this.#stored.set(key, value),
      }),
      () => 0,
    ),
    sendBody: async (request: BodyRequest): Promise<BodyAnswer> => {
      if (request.signal.aborted) return { type: 'aborted' };
      this.requests.push(request);
      this.running++;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
      await new Promise((resolve) => setImmediate(resolve));
      this.running--;
      const size = request.body?.size ?? 0;
      request.onProgress(size);
      const seen = this.requests.filter((other) => other.url === request.url).length;
      const answered = this.#respond(request, seen);
      const isStored = request.method === 'PUT' && answered.type === 'answer' && answered.status < 300;
      if (isStored) this.parts.set(Number(request.url.split('/').at(-1)), size);
      return answered;
    },
  };
  upload(size: number, signal = new AbortController().signal, onProgress = (_: number) => {}) {
    const onBegin = (_: UploadId, arrived: number) => void this.resumed.push(arrived);
    return uploadFile({ file: new BigFile(size), signal, onProgress, onBegin }, this.tools);
  }
  /** What it says of the upload when it is asked. */
  state(size: number) {
    return answer(200, {
      upload_id: UPLOAD,
      filename: 'app.bin',
      size,
      part_size: 16 * MIB,
      parts: Math.ceil(size / (16 * MIB)),
      received_parts: [...this.parts].map(([number, length]) => ({ number, size: length })),
      started_by: 'admin',
      started_at: '2026-01-01T00:00:00.000Z',
      completed_at: null,
      expires_at: '2026-01-02T00:00:00.000Z',
    });
  }
  partNumbers(): number[] {
    return this.requests.filter(({ method }) => method === 'PUT').map(({ url }) => Number(url.split('/').at(-1)));
  }
}

const inParts: Respond = ({ url, method }) => {
  if (url === '/api/files/uploads') return answer(201, { upload_id: UPLOAD, part_size: 16 * MIB, parts: 4 });
  return method === 'PUT' ? answer(204) : answer(201, stored);
};

/** With an upload of this length that it tells of. */
const knowing = (size: number, respond: Respond = inParts): FakeServer => {
  const server: FakeServer = new FakeServer((request, seen) =>
    request.method === 'GET' ? server.state(size) : respond(request, seen),
  );
  return server;
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
    await server.upload(50 * MIB, undefined, (sent) => reports.push(sent));
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
    const server = knowing(60 * MIB, (request, seen) =>
      broken && request.url.endsWith('/parts/3') ? { type: 'unreachable' } : inParts(request, seen),
    );
    expect(await server.upload(60 * MIB)).toMatchObject({ type: 'failed', unreachable: true });
    expect(server.partNumbers().filter((part) => part === 3)).toHaveLength(TRIES);
    const missing = [1, 2, 3, 4].filter((part) => !server.parts.has(part));
    broken = false;
    server.requests = [];
    expect((await server.upload(60 * MIB)).type).toBe('stored');
    expect(server.partNumbers().sort()).toEqual(missing);
    expect(server.requests.some(({ url }) => url === '/api/files/uploads')).toBe(false);
  });

  it('goes on after a reload with what the server has, and says how much that is', async () => {
    const server = knowing(60 * MIB);
    server.tools.memory.keep(new BigFile(60 * MIB), UPLOAD);
    server.parts = new Map([
      [1, 16 * MIB],
      [4, 12 * MIB],
    ]);
    const reports: number[] = [];
    expect((await server.upload(60 * MIB, undefined, (sent) => reports.push(sent))).type).toBe('stored');
    expect(server.partNumbers()).toEqual([2, 3]);
    expect(server.resumed).toEqual([28 * MIB]);
    expect(Math.min(...reports.slice(1))).toBeGreaterThanOrEqual(28 * MIB);
    expect(reports.at(-1)).toBe(60 * MIB);
    expect(server.tools.memory.has(UPLOAD)).toBe(false);
  });

  it('whose last answer was lost is completed once more and nothing is sent', async () => {
    const server = knowing(20 * MIB);
    server.tools.memory.keep(new BigFile(20 * MIB), UPLOAD);
    server.parts = new Map([
      [1, 16 * MIB],
      [2, 4 * MIB],
    ]);
    expect(await server.upload(20 * MIB)).toEqual({ type: 'stored', file: stored });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it('starts anew when the server has forgotten what this browser remembers, or has it for another file', async () => {
    for (const told of [answer(404), knowing(61 * MIB).state(61 * MIB)]) {
      const server = new FakeServer((request, seen) => (request.method === 'GET' ? told : inParts(request, seen)));
      server.tools.memory.keep(new BigFile(60 * MIB), OTHER);
      expect((await server.upload(60 * MIB)).type).toBe('stored');
      expect(server.partNumbers().sort()).toEqual([1, 2, 3, 4]);
      expect(server.tools.memory.has(OTHER)).toBe(false);
    }
  });

  it('sends all parts once more when the server has others than it counted, and no third time', async () => {
    const refused = answer(409, { type: 'files.parts_refused', title: 'x', status: 409, detail: 'Send them again.' });
    for (const [times, end] of [
      [1, 'stored'],
      [2, 'failed'],
    ] as const) {
      const server = new FakeServer((request, seen) =>
        request.url.endsWith('/complete') && seen <= times ? refused : inParts(request, seen),
      );
      expect((await server.upload(20 * MIB)).type).toBe(end);
      expect(server.partNumbers()).toEqual([1, 2, 1, 2]);
    }
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
    expect(await server.upload(10)).toEqual({
      type: 'failed',
      message: 'The file name is wrong.',
      fields: errors,
      unreachable: false,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('starts anew the next time after the server forgot the upload', async () => {
    const server = new FakeServer((request, seen) => (request.method === 'PUT' ? answer(404) : inParts(request, seen)));
    expect((await server.upload(60 * MIB)).type).toBe('failed');
    expect(server.tools.memory.has(UPLOAD)).toBe(false);
  });

  it('that is stopped in the middle goes on later with the parts that arrived', async () => {
    const controller = new AbortController();
    const server = knowing(60 * MIB, (request, seen) => {
      if (request.url.endsWith('/parts/2')) controller.abort();
      return inParts(request, seen);
    });
    expect(await server.upload(60 * MIB, controller.signal)).toEqual({ type: 'canceled' });
    const missing = [1, 2, 3, 4].filter((part) => !server.parts.has(part));
    server.requests = [];
    expect((await server.upload(60 * MIB)).type).toBe('stored');
    expect(server.partNumbers()).toEqual(missing);
  });

  it('ends as canceled when it is canceled, with nothing sent after', async () => {
    const controller = new AbortController();
    const server = new FakeServer((request, seen) => {
      if (request.url.endsWith('/parts/1')) controller.abort();
      return inParts(request, seen);
    });
    expect(await server.upload(160 * MIB, controller.signal)).toEqual({ type: 'canceled' });
    expect(server.requests.some(({ url }) => url.endsWith('/complete'))).toBe(false);
    expect(server.partNumbers().length).toBeLessThanOrEqual(3);
  });

  it('takes an answer that is not understood for a failure', async () => {
    const server = new FakeServer(() => answer(201, { hello: 'world' }));
    expect((await server.upload(10)).type).toBe('failed');
  });
});

/** The HTTP API as benchmarks and chaos call it: one kept connection where calls follow each other, and as little of its own as can be. */
import { Agent, type IncomingMessage, request } from 'node:http';
import type { z } from 'zod';

/** Deploying to a thousand hosts is one call; nothing here takes longer than this unless it hangs. */
const CALL_TIMEOUT_MS = 120_000;

export type Api = {
  get: <Value>(path: string, schema: z.ZodType<Value>) => Promise<Value>;
  post: <Value>(path: string, body: unknown, schema: z.ZodType<Value>) => Promise<Value>;
  put: (path: string, body: Uint8Array) => Promise<void>;
  delete: (path: string) => Promise<void>;
};

type Call = { method: string; path: string; body?: Uint8Array; type?: string };

const textOf = async (response: IncomingMessage): Promise<string> => {
  let text = '';
  response.setEncoding('utf8');
  for await (const part of response) text += part;
  return text;
};

export const createApi = (url: string, token: string | null): Api => {
  const agent = new Agent({ keepAlive: true });

  const call = ({ method, path, body, type = 'application/json' }: Call): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': type, 'content-length': body.byteLength }),
      };
      const sent = request(`${url}/api${path}`, { method, headers, agent, timeout: CALL_TIMEOUT_MS }, (response) => {
        textOf(response).then((text) => {
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(text);
          else reject(new Error(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`));
        }, reject);
      });
      sent.once('timeout', () => sent.destroy(new Error(`${method} ${path} took longer than ${CALL_TIMEOUT_MS} ms`)));
      sent.once('error', reject);
      sent.end(body);
    });

  return {
    get: async (path, schema) => schema.parse(JSON.parse(await call({ method: 'GET', path }))),
    post: async (path, body, schema) => {
      const text = await call({ method: 'POST', path, body: Buffer.from(JSON.stringify(body)) });
      return schema.parse(JSON.parse(text));
    },
    put: async (path, body) => {
      await call({ method: 'PUT', path, body, type: 'application/octet-stream' });
    },
    delete: async (path) => {
      await call({ method: 'DELETE', path });
    },
  };
};

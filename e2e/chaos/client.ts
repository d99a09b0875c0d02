/** The API as a careful program calls it while the server comes and goes: it asks again until there is an answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';

/** Longer than any call takes that will be answered at all. */
const CALL_TIMEOUT_MS = 20_000;
const RETRY_AFTER_MS = 250;
/** The server is never away for so long, restarts after one another included. */
const ANSWER_WITHIN_MS = 300_000;

export type Answer = { status: number; text: string };
export type Request = { method: string; path: string; body?: BodyInit; headers?: Record<string, string> };

/** No connection, or an answer that never came. */
export const NO_ANSWER = 0;

export class Client {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** One try. */
  async call({ method, path, body, headers = {} }: Request): Promise<Answer> {
    try {
      const response = await fetch(`${this.#url}/api${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, ...headers },
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: NO_ANSWER, text: String(error) };
    }
  }

  /** The first answer that is wanted; it must come within the bound. */
  async until(request: Request, wanted: (answer: Answer) => boolean): Promise<Answer> {
    const deadline = performance.now() + ANSWER_WITHIN_MS;
    for (;;) {
      const answer = await this.call(request);
      if (wanted(answer)) return answer;
      if (performance.now() > deadline)
        throw new Error(`${request.method} ${request.path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      await sleep(RETRY_AFTER_MS);
    }
  }

  async read<Value>(path: string, schema: z.ZodType<Value>): Promise<Value> {
    const { text } = await this.until({ method: 'GET', path }, ({ status }) => status === 200);
    return schema.parse(JSON.parse(text));
  }

  async post<Value>(path: string, body: unknown, schema: z.ZodType<Value>): Promise<Value> {
    const headers = { 'content-type': 'application/json' };
    const { status, text } = await this.call({ method: 'POST', path, body: JSON.stringify(body), headers });
    if (status >= 300 || status === NO_ANSWER) throw new Error(`POST ${path} answered ${status}: ${text}`);
    return schema.parse(JSON.parse(text));
  }

  /** All items of a list, page by page. */
  async list<Item>(
    path: string,
    page: z.ZodType<{ items: Item[]; next_cursor: string | null }>,
    limit = 200,
  ): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const read: { items: Item[]; next_cursor: string | null } = await this.read(
        `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${from}`,
        page,
      );
      items.push(...read.items);
      cursor = read.next_cursor;
    }
    return items;
  }
}

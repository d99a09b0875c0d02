/** A log read back in every way that there is, whatever happened to it on the way. */
import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogStore, logPrefix } from '#durable-objects/host/log-store.ts';
import { enqueueRequest, resultOf } from '#durable-objects/test/jobs.ts';
import { Viewer } from '#durable-objects/test/live-viewer.ts';
import { enrolledHost, TestAgent } from '#durable-objects/test/test-agent.ts';
import type { LogPiece } from '#protocol/agent/to-server.ts';
import { LogLinesQuery, LogSearchQuery } from '#protocol/http/logs.ts';
import { TailEvent } from '#protocol/live/events.ts';
import type { LogLine } from '#protocol/log-lines.ts';
import { outputPiece, slowLines } from '#protocol/testing/output.ts';
import { readLines } from './log-lines.ts';
import type { LogSource } from './log-parts.ts';
import { searchLog } from './log-search.ts';
import { logStream } from './log-text.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** A job's log, with an agent that can be as unruly as the protocol allows. */
const startLog = async () => {
  const host = await enrolledHost();
  const stub = env.HOST.getByName(host.host_id);
  let agent = await TestAgent.connect(host);
  const request = enqueueRequest(host);
  await stub.enqueue(request);
  const { job } = await agent.next('job.offer');
  const target = job.target_id;
  const prefix = logPrefix(host.team_id, request.deployment_id, target);
  const source: LogSource = { host: stub, bucket: env.FILES, target, prefix, ended: true };
  const produced: LogPiece[] = [];
  const text = () => produced.map((piece) => piece.text).join('');
  const end = () => encoder.encode(text()).length;
  const send = async (offset: number, pieces: LogPiece[]) => {
    agent.send({ type: 'job.log', target_id: target, offset, pieces });
    expect((await agent.next('log.ack')).offset).toBe(end());
  };
  const later = async (ms: number) => {
    await runInDurableObject(stub, (instance) => {
      const at = Date.now() + ms;
      instance.core.clock.now = () => at;
    });
    await runDurableObjectAlarm(stub);
  };
  return {
    source,
    produced,
    text,
    end,
    produce: async (pieces: LogPiece[]) => {
      const offset = end();
      produced.push(...pieces);
      await send(offset, pieces);
    },
    repeat: (count: number) => {
      const pieces = produced.slice(-count);
      const bytes = encoder.encode(pieces.map((piece) => piece.text).join('')).length;
      return pieces.length === 0 ? Promise.resolve() : send(end() - bytes, pieces);
    },
    /** Again what is there, and more in the same frame. */
    overlap: async (pieces: LogPiece[]) => {
      const last = produced.at(-1);
      const offset = end() - encoder.encode(last?.text ?? '').length;
      produced.push(...pieces);
      await send(offset, last === undefined ? pieces : [last, ...pieces]);
    },
    skip: (pieces: LogPiece[]) => send(end() + 7, pieces),
    seal: () =>
      runInDurableObject(stub, async (_instance, state) => {
        const log = { target_id: target, deployment_id: request.deployment_id, final: false };
        await new LogStore(state.storage.sql).sealNext(env.FILES, host.team_id, log);
      }),
    forgetCopies: () => runInDurableObject(stub, ({ core }) => core.output.forgetCopies()),
    evict: async () => {
      await evictDurableObject(stub, { webSockets: 'close' });
      agent = await TestAgent.connect(host, { jobs: [{ target_id: target, attempt: 1, state: 'started' }] });
    },
    finish: async () => {
      agent.send(resultOf(job, { log_end: end() }));
      await agent.next('result.ack');
    },
    sealAll: () => later(21 * 60_000),
    forget: () => runInDurableObject(stub, ({ core }) => void core.store.forget(Number.MAX_SAFE_INTEGER)),
    tail: async (offset: number, archive: boolean) => {
      const query = new URLSearchParams({
        target_id: target,
        offset: String(offset),
        ...(archive ? { archive: prefix } : {}),
      });
      return new Viewer(
        await stub.fetch(`https://host/tail?${query}`, { headers: { upgrade: 'websocket' } }),
        (frame) => TailEvent.parse(JSON.parse(frame)),
      );
    },
  };
};

type Log = Awaited<ReturnType<typeof startLog>>;

const linesQuery = (query: Record<string, string>) => LogLinesQuery.parse(query);

/** All lines, in pages of a size, from the front or from the back. */
const allLines = async (log: Log, limit: number, backwards: boolean): Promise<LogLine[]> => {
  const { total_lines } = await readLines(log.source, linesQuery({ tail: 'true', limit: '1' }));
  const lines: LogLine[] = [];
  for (let at = backwards ? total_lines : 0; backwards ? at > 0 : at < total_lines; ) {
    const query = backwards ? { before: String(at) } : { from: String(at) };
    const page = await readLines(log.source, linesQuery({ ...query, limit: String(limit) }));
    if (backwards) expect(page.first_line).toBe(Math.max(0, at - limit));
    expect(page.lines.length).toBeGreaterThan(0);
    if (backwards) {
      lines.unshift(...page.lines);
      at = page.first_line;
    } else {
      lines.push(...page.lines);
      at += page.lines.length;
    }
  }
  return lines;
};

const tailText = (frames: readonly TailEvent[]): string =>
  frames.map((frame) => (frame.event === 'log' ? frame.text : '')).join('');

const expectWhole = async (log: Log, limit: number, fraction: number, state: 'open' | 'ended' | 'forgotten') => {
  expect(await new Response(logStream(log.source)).text()).toBe(log.text().replace(/^\ufeff/, ''));
  expect(await allLines(log, limit, fraction > 0.5)).toEqual(slowLines(log.produced));
  const extent = await readLines(log.source, linesQuery({ tail: 'true' }));
  expect(extent).toMatchObject({ end_offset: log.end(), complete: state !== 'open' });
  const from = Math.floor(fraction * log.end());
  const viewer = await log.tail(from, state === 'forgotten');
  const wanted = decoder.decode(encoder.encode(log.text()).subarray(from));
  if (state === 'open') await viewer.until((frames) => tailText(frames).length >= wanted.length);
  else await viewer.until((frames) => frames.at(-1)?.event === 'end');
  expect(tailText(viewer.frames)).toBe(wanted);
};

const pieces = fc.array(outputPiece, { minLength: 1, maxLength: 5 });
const step = fc.oneof(
  { weight: 5, arbitrary: pieces.map((value) => (log: Log) => log.produce(value)) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 4 }).map((count) => (log: Log) => log.repeat(count)) },
  { weight: 2, arbitrary: pieces.map((value) => (log: Log) => log.overlap(value)) },
  { weight: 1, arbitrary: pieces.map((value) => (log: Log) => log.skip(value)) },
  { weight: 3, arbitrary: fc.constant((log: Log) => log.seal()) },
  { weight: 1, arbitrary: fc.constant((log: Log) => log.forgetCopies()) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 14 });
const limit = fc.constantFrom(1, 2, 3, 7, 50);
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

/** Half of a test's time: on a machine that is busy otherwise fewer runs, not a failure. */
const withinATest = (numRuns: number) => ({ numRuns, interruptAfterTimeLimit: 15_000 });

describe('a log', () => {
  it('is whole as text, by lines and in a tail from anywhere, after repeated, overlapping and skipped frames and seals', async () => {
    await fc.assert(
      fc.asyncProperty(steps, limit, fraction, async (todo, size, from) => {
        const log = await startLog();
        for (const one of todo) await one(log);
        await expectWhole(log, size, from, 'open');
        await log.finish();
        await expectWhole(log, size, from, 'ended');
        await log.sealAll();
        await expectWhole(log, size, from, 'ended');
        await log.forget();
        await expectWhole(log, size, from, 'forgotten');
      }),
      withinATest(25),
    );
  });

  it('is whole across an eviction of its host at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, limit, fraction, async (before, after, size, from) => {
        const log = await startLog();
        for (const one of before) await one(log);
        await log.evict();
        for (const one of after) await one(log);
        await expectWhole(log, size, from, 'open');
      }),
      withinATest(4),
    );
  });
});

const out = (text: string): LogPiece => ({ stream: 'stdout', text });

const search = async (log: Log, query: Record<string, string>) => searchLog(log.source, LogSearchQuery.parse(query));

describe('a search', () => {
  it('finds what lines show, not what escape sequences say', async () => {
    const log = await startLog();
    await log.produce([out('\u001b[31mer\u001b[0mror one\nfine\r  Error two, ERROR three\nnothing\n')]);
    const { matches, next_line, total_lines, complete } = await search(log, { q: 'error' });
    expect(matches.map(({ line, text, ranges }) => [line, text, ranges])).toEqual([
      [0, 'error one', [[0, 5]]],
      [
        1,
        '  Error two, ERROR three',
        [
          [2, 7],
          [13, 18],
        ],
      ],
    ]);
    expect([next_line, total_lines, complete]).toEqual([null, 3, false]);
    expect((await search(log, { q: 'error', case_sensitive: 'true' })).matches.map(({ line }) => line)).toEqual([0]);
    expect((await search(log, { q: '31m' })).matches).toEqual([]);
  });

  it('takes the query as text and not as a pattern', async () => {
    const log = await startLog();
    await log.produce([out('axb\na.b (c)\n')]);
    expect((await search(log, { q: 'a.b (c)' })).matches.map(({ line }) => line)).toEqual([1]);
  });

  it('goes on from where the last answer ended, and finds each line once', async () => {
    const log = await startLog();
    await log.produce([out(Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join(''))]);
    const found: number[] = [];
    for (let next: number | null = 0; next !== null; ) {
      const answer = await search(log, { q: 'line', limit: '30', from_line: String(next) });
      found.push(...answer.matches.map(({ line }) => line));
      next = answer.next_line;
    }
    expect(found).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('of a log that is only in R2 finds the same, and reads a bounded part for one answer', async () => {
    const log = await startLog();
    const block = out(`${`${'y'.repeat(99)}\n`.repeat(600)}needle\n`);
    for (let index = 0; index < 160; index++) await log.produce([block]);
    await log.finish();
    await log.sealAll();
    await log.forget();
    const first = await search(log, { q: 'NEEDLE' });
    expect(first.next_line).not.toBeNull();
    expect(first.complete).toBe(true);
    const second = await search(log, { q: 'NEEDLE', from_line: String(first.next_line) });
    expect(second.next_line).toBeNull();
    const lines = [...first.matches, ...second.matches].map(({ line }) => line);
    expect(lines).toEqual(Array.from({ length: 160 }, (_, index) => index * 601 + 600));
  });
});

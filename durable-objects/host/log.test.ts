import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { TailEvent } from '#protocol/live/events.ts';
import { enqueueRequest, resultOf } from '../test/jobs.ts';
import { Viewer } from '../test/live-viewer.ts';
import { type EnrolledHost, enrolledHost, TestAgent } from '../test/test-agent.ts';
import { archivedFrames } from './log-archive.ts';
import { logPrefix } from './log-store.ts';

const stubOf = (host: EnrolledHost) => env.HOST.getByName(host.host_id);

const running = async () => {
  const host = await enrolledHost();
  const agent = await TestAgent.connect(host);
  const request = enqueueRequest(host);
  await stubOf(host).enqueue(request);
  const { job } = await agent.next('job.offer');
  const log = (offset: number, text: string) =>
    agent.send({ type: 'job.log', target_id: job.target_id, offset, pieces: [{ stream: 'stdout', text }] });
  const prefix = logPrefix(host.team_id, request.deployment_id, job.target_id);
  return { host, agent, job, log, prefix };
};

type Running = Awaited<ReturnType<typeof running>>;

const tail = async ({ host, job }: Running, offset = 0, archive?: string) => {
  const query = new URLSearchParams({
    target_id: job.target_id,
    offset: String(offset),
    ...(archive === undefined ? {} : { archive }),
  });
  return new Viewer(
    await stubOf(host).fetch(`https://host/tail?${query}`, { headers: { upgrade: 'websocket' } }),
    (text) => TailEvent.parse(JSON.parse(text)),
  );
};

const textOf = (frames: TailEvent[]) => frames.map((frame) => (frame.event === 'log' ? frame.text : '')).join('');
const ended = (frames: TailEvent[]) => frames.at(-1)?.event === 'end';

describe('a log', () => {
  it('LOG3 takes what begins at its end, and answers anything else with where it ends', async () => {
    const { agent, log } = await running();
    log(0, 'héllo\n');
    expect(await agent.next('log.ack')).toMatchObject({ offset: 7 });
    log(0, 'héllo\n');
    expect(await agent.next('log.ack')).toMatchObject({ offset: 7 });
    log(100, 'gap\n');
    expect(await agent.next('log.ack')).toMatchObject({ offset: 7 });
    log(6, '\nmore\n');
    expect(await agent.next('log.ack')).toMatchObject({ offset: 12 });
  });

  it('is whole for a viewer who came before, one who came in the middle, and one across an eviction', async () => {
    const run = await running();
    const early = await tail(run);
    run.log(0, 'one\n');
    await run.agent.next('log.ack');
    const middle = await tail(run, 2);
    await evictDurableObject(stubOf(run.host), { webSockets: 'hibernate' });
    run.log(4, 'two\n');
    run.agent.send(resultOf(run.job, { log_end: 8 }));
    expect(textOf(await early.until(ended))).toBe('one\ntwo\n');
    expect(textOf(await middle.until(ended))).toBe('e\ntwo\n');
    const late = await tail(run);
    expect(textOf(await late.until(ended))).toBe('one\ntwo\n');
  });

  it('goes on to its end for a viewer when the last output comes after the result', async () => {
    const run = await running();
    const viewer = await tail(run);
    run.agent.send(resultOf(run.job, { log_end: 5 }));
    await run.agent.next('result.ack');
    run.log(0, 'late\n');
    expect(textOf(await viewer.until(ended))).toBe('late\n');
  });

  it('is whole for a viewer when several frames and the result become durable together', async () => {
    const run = await running();
    const viewer = await tail(run);
    const target = run.job.target_id;
    await runInDurableObject(stubOf(run.host), ({ core }) => {
      for (const [index, text] of ['one\n', 'two\n', 'six\n'].entries())
        core.output.take(target, {
          offset: index * 4,
          next_offset: index * 4 + 4,
          pieces: [{ stream: 'stdout', text }],
        });
      core.apply({ type: 'job_result', result: resultOf(run.job, { log_end: 12 }) });
    });
    expect(textOf(await viewer.until(ended))).toBe('one\ntwo\nsix\n');
  });

  it('shows output once to a viewer who comes between its write and its announcement', async () => {
    const run = await running();
    const { target_id } = run.job;
    const frames = await runInDurableObject(stubOf(run.host), async ({ core }) => {
      core.output.take(target_id, { offset: 0, next_offset: 5, pieces: [{ stream: 'stdout', text: 'once\n' }] });
      const [theirs, ours] = Object.values(new WebSocketPair());
      if (theirs === undefined || ours === undefined) throw new Error('a pair has two ends');
      core.output.tails.open(ours, target_id, 0);
      theirs.accept();
      return new Promise<TailEvent[]>((resolve) => {
        const seen: TailEvent[] = [];
        theirs.addEventListener('message', ({ data }) => {
          seen.push(TailEvent.parse(JSON.parse(String(data))));
          if (ended(seen)) resolve(seen);
        });
        // What ends the job announces the output first.
        core.apply({ type: 'job_result', result: resultOf(run.job, { log_end: 5 }) });
      });
    });
    expect(textOf(frames)).toBe('once\n');
  });

  it('above a mebibyte moves to R2 while the job runs, and stays whole', async () => {
    const run = await running();
    const line = `${'x'.repeat(63)}\n`;
    const block = line.repeat(1000);
    for (let index = 0; index < 20; index++) run.log(index * block.length, block);
    for (let index = 0; index < 20; index++) await run.agent.next('log.ack');
    const listed = await env.FILES.list({ prefix: run.prefix });
    expect(listed.objects).toHaveLength(1);
    run.agent.send(resultOf(run.job, { log_end: 20 * block.length }));
    const viewer = await tail(run);
    expect(textOf(await viewer.until(ended))).toBe(block.repeat(20));
  });

  it('of an ended job is sealed into R2, and is whole there when its host has forgotten the job', async () => {
    const run = await running();
    run.log(0, 'kept\n');
    run.agent.send(resultOf(run.job, { log_end: 5 }));
    await run.agent.next('result.ack');
    const later = async (ms: number) => {
      await runInDurableObject(stubOf(run.host), (instance) => {
        const at = Date.now() + ms;
        instance.core.clock.now = () => at;
      });
      await runDurableObjectAlarm(stubOf(run.host));
    };
    await later(20 * 60_000);
    expect((await stubOf(run.host).readLog({ target_id: run.job.target_id, offset: 0 })).kind).toBe('segment');
    const frames = [];
    for await (const part of archivedFrames(env.FILES, run.prefix, 0)) frames.push(...part);
    expect(frames.flatMap((frame) => frame.pieces.map((piece) => piece.text)).join('')).toBe('kept\n');
    await runInDurableObject(stubOf(run.host), (instance) => instance.core.store.forget(Number.MAX_SAFE_INTEGER));
    expect((await stubOf(run.host).readLog({ target_id: run.job.target_id, offset: 0 })).kind).toBe('unknown');
    const viewer = await tail(run, 0, run.prefix);
    expect(textOf(await viewer.until(ended))).toBe('kept\n');
  });
});

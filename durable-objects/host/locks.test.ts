import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { Lock } from '#protocol/http/hosts.ts';
import { MAX_QUEUE_LISTED } from '#protocol/limits.ts';
import { LiveEvent } from '#protocol/live/events.ts';
import { id } from '../test/ids.ts';
import { enqueueRequest, resultOf } from '../test/jobs.ts';
import { Viewer } from '../test/live-viewer.ts';
import { type EnrolledHost, enrolledHost, TestAgent } from '../test/test-agent.ts';
import type { ReserveRequest } from './host-rpc.ts';

const WEEK_SECONDS = 7 * 86_400;

const stubOf = (host: EnrolledHost) => env.HOST.getByName(host.host_id);
const evict = (host: EnrolledHost) => evictDurableObject(stubOf(host), { webSockets: 'hibernate' });

const setClock = (host: EnrolledHost, at: number) =>
  runInDurableObject(stubOf(host), (instance) => {
    instance.core.clock.now = () => at;
  });

const mia = { user_id: id('user'), user_name: 'mia' };
const theo = { user_id: id('user'), user_name: 'theo' };

const reserve = (host: EnrolledHost, overrides: Partial<ReserveRequest> = {}) =>
  stubOf(host).reserve({
    device_key: 'self',
    ...mia,
    reason: 'debugging',
    seconds: 3600,
    take_over: false,
    ...overrides,
  });

const watch = async (host: EnrolledHost): Promise<Viewer<LiveEvent>> => {
  const request = { headers: { upgrade: 'websocket' } };
  const response = await env.TEAM.getByName(host.team_id).fetch('https://team/live', request);
  return new Viewer(response, (text) => LiveEvent.parse(JSON.parse(text)));
};

/** The locks of the host's one device, as a dashboard saw them one after the other. */
const locksSeen = (frames: readonly LiveEvent[]): (Lock | null)[] =>
  frames.flatMap((frame) => (frame.event === 'device_updated' ? [frame.data.lock] : []));

const holdersSeen = (frames: readonly LiveEvent[]): (string | null)[] =>
  locksSeen(frames).map((lock) => lock?.name ?? null);

describe('a reservation', () => {
  it('ends within a second of its end, and dashboards are told, although its object was evicted meanwhile', async () => {
    const host = await enrolledHost();
    const viewer = await watch(host);
    const answer = await reserve(host, { seconds: 5 });
    if (!answer.ok) throw new Error(answer.message);
    await viewer.until((frames) => holdersSeen(frames).includes('mia'));
    await evict(host);
    await viewer.until((frames) => holdersSeen(frames).at(-1) === null);
    const late = Date.now() - Date.parse(answer.lock.expires_at ?? '');
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(1000);
  });

  it('ends by the alarm however far away its end was, and what waited goes', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    await reserve(host, { seconds: WEEK_SECONDS });
    const request = enqueueRequest(host);
    await stubOf(host).enqueue(request);
    expect(await stubOf(host).deviceQueue('self')).toMatchObject([{ waiting_for: expect.stringContaining('mia') }]);
    const end = Date.now() + WEEK_SECONDS * 1000;
    await evict(host);
    // The agent spoke a moment ago by the clock of this test.
    await runInDurableObject(stubOf(host), (instance) => {
      instance.core.clock.now = () => end + 1;
      instance.core.link.lastHeartbeat = () => end;
    });
    await runDurableObjectAlarm(stubOf(host));
    expect((await agent.next('job.offer')).job.target_id).toBe(request.jobs[0]?.target_id);
  });

  it('holds up nobody once it is over, although the alarm has not come', async () => {
    const host = await enrolledHost();
    await reserve(host);
    expect(await reserve(host, theo)).toMatchObject({ ok: false, error: 'locked' });
    await setClock(host, Date.now() + 3_600_000);
    expect(await reserve(host, theo)).toMatchObject({ ok: true, former: null, lock: { name: 'theo' } });
  });

  it('of a host that is off wakes its object within seconds, should it die before dashboards were told', async () => {
    const host = await enrolledHost();
    await reserve(host, { seconds: WEEK_SECONDS });
    const alarm = await runInDurableObject(stubOf(host), (_instance, { storage }) => storage.getAlarm());
    expect(alarm).toBeLessThan(Date.now() + 10_000);
  });

  it('keeps its start when its holder extends it, and its end moves', async () => {
    const host = await enrolledHost();
    const first = await reserve(host);
    await evict(host);
    const second = await reserve(host, { reason: 'still at it', seconds: 7200 });
    if (!first.ok || !second.ok) throw new Error('both are taken');
    expect(second.lock).toMatchObject({ since: first.lock.since, reason: 'still at it' });
    expect(Date.parse(second.lock.expires_at ?? '')).toBeGreaterThan(Date.now() + 7_190_000);
  });

  it('names the former holder each time it is taken over again, also after an eviction', async () => {
    const host = await enrolledHost();
    await reserve(host);
    const once = await reserve(host, { ...theo, take_over: true });
    await evict(host);
    const twice = await reserve(host, { ...theo, take_over: true });
    expect(once).toMatchObject({ ok: true, former: mia, lock: { name: 'theo' } });
    expect(twice).toMatchObject({ ok: true, former: once.ok ? once.former : null });
    expect(await reserve(host, theo)).toMatchObject({ ok: true, former: null });
  });

  it('of a device on which a job runs is shown beside it, and holds the device from its end on', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const viewer = await watch(host);
    const request = enqueueRequest(host, 2);
    await stubOf(host).enqueue(request);
    const { job } = await agent.next('job.offer');
    expect(await reserve(host)).toMatchObject({
      lock: { holder: 'deployment', id: request.deployment_id, waiting: 1, reserved_by: { name: 'mia' } },
    });
    await evict(host);
    agent.send(resultOf(job));
    await agent.next('result.ack');
    const frames = await viewer.until((seen) => holdersSeen(seen).at(-1) === 'mia');
    expect(locksSeen(frames).at(-1)).toMatchObject({ holder: 'user', waiting: 1, reserved_by: null });
    expect(agent.received.filter(({ type }) => type === 'job.offer')).toHaveLength(1);
  });
});

it('the lock of a job ends with its time limit, and dashboards are told, although agent and object went away', async () => {
  const host = await enrolledHost();
  const agent = await TestAgent.connect(host);
  const viewer = await watch(host);
  await stubOf(host).enqueue(enqueueRequest(host));
  await agent.next('job.offer');
  await viewer.until((frames) => holdersSeen(frames).includes('Run uptime'));
  agent.close(1000);
  await evict(host);
  await setClock(host, Date.now() + 91_000);
  await runDurableObjectAlarm(stubOf(host));
  await viewer.until((frames) => holdersSeen(frames).at(-1) === null);
});

describe('the queue of a device', () => {
  it('lists what waits in its order with the reason, and not what runs', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host, 3);
    await stubOf(host).enqueue(request);
    await agent.next('job.offer');
    await evict(host);
    const [, second, third] = request.jobs;
    expect(await stubOf(host).deviceQueue('self')).toMatchObject([
      {
        target_id: second?.target_id,
        position: 1,
        deployment_id: request.deployment_id,
        deployment_name: 'Run uptime',
      },
      { target_id: third?.target_id, position: 2, waiting_for: expect.stringContaining('device locked by dep_') },
    ]);
    expect(await stubOf(host).deviceQueue('phone')).toEqual([]);
  });

  it('is listed up to a bound', async () => {
    const host = await enrolledHost();
    await TestAgent.connect(host);
    await reserve(host);
    await stubOf(host).enqueue(enqueueRequest(host, MAX_QUEUE_LISTED + 5));
    expect(await stubOf(host).deviceQueue('self')).toHaveLength(MAX_QUEUE_LISTED);
  });

  it('of a host that was never enrolled is empty', async () => {
    expect(await env.HOST.getByName(id('host')).deviceQueue('self')).toEqual([]);
  });
});

import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import type { TargetId } from '#protocol/ids.ts';
import { id } from '../test/ids.ts';
import { enqueueRequest, resultOf, UPTIME } from '../test/jobs.ts';
import {
  type EnrolledHost,
  enrolledHost,
  helloFrame,
  proofOf,
  requestConnection,
  TestAgent,
} from '../test/test-agent.ts';
import type { JobReport } from './host-rpc.ts';

const SCRIPT = {
  kind: 'script' as const,
  script_id: id('scr'),
  name: 'smoke',
  version: 1,
  interpreter: 'sh' as const,
  content: 'true',
  arguments: [],
  userinterface_name: null,
  env: {},
  secret_env: [],
};

const stubOf = (host: EnrolledHost) => env.HOST.getByName(host.host_id);

const statusOf = (host: EnrolledHost, target: TargetId) =>
  runInDurableObject(stubOf(host), (instance) => instance.core.store.job(target)?.job ?? null);

const only = (reports: JobReport[]): JobReport => {
  const [report] = reports;
  if (report === undefined) throw new Error('no report');
  return report;
};

const target = (request: ReturnType<typeof enqueueRequest>, index = 0): TargetId => {
  const job = request.jobs[index];
  if (job === undefined) throw new Error('no such job');
  return job.target_id;
};

const setClock = (host: EnrolledHost, at: number) =>
  runInDurableObject(stubOf(host), (instance) => {
    instance.core.clock.now = () => at;
  });

const evict = (host: EnrolledHost) => evictDurableObject(stubOf(host), { webSockets: 'hibernate' });

describe('a job that its agent could not read', () => {
  it('JOB15 fails at once when the agent does not know its kind, and the next one goes', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host, {
      capabilities: { actions: ['command'], shells: ['sh'], interpreters: [], package_types: [] },
    });
    const request = enqueueRequest(host, 2);
    const [first] = request.jobs;
    if (first === undefined) throw new Error('a job');
    first.work = { ...UPTIME, action: SCRIPT };
    await stubOf(host).enqueue(request);
    expect((await agent.next('job.offer')).job.target_id).toBe(target(request, 1));
    expect(await statusOf(host, target(request))).toMatchObject({ status: 'failed', holdsDevice: false });
  });

  it('JOB15 fails at once when it is larger than a frame may be', async () => {
    const host = await enrolledHost();
    await TestAgent.connect(host);
    const request = enqueueRequest(host, 1);
    const [first] = request.jobs;
    if (first === undefined) throw new Error('a job');
    const env = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`E${index}`, 'x'.repeat(32_000)]));
    first.work = { ...UPTIME, action: { ...SCRIPT, env } };
    await stubOf(host).enqueue(request);
    expect(await statusOf(host, target(request))).toMatchObject({
      status: 'failed',
      holdsDevice: false,
      end: { reason: 'unsupported', message: 'the job is larger than the 256 KiB that an agent takes' },
    });
  });
});

describe('connecting', () => {
  it('CON1 refuses a proof by another key, and one used before', async () => {
    const host = await enrolledHost();
    const other = await enrolledHost();
    expect((await requestConnection(host, await proofOf({ ...other, host_id: host.host_id }))).status).toBe(401);
    const proof = await proofOf(host);
    expect((await requestConnection(host, proof)).status).toBe(101);
    const again = await requestConnection(host, proof);
    expect(again.status).toBe(401);
    expect(await again.json()).toMatchObject({ type: 'agent.proof_reused' });
  });

  it('CON2 answers a proof outside its lifetime with the time of the server', async () => {
    const host = await enrolledHost();
    const response = await requestConnection(host, await proofOf(host, Date.now() - 3_600_000));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ type: 'agent.clock_skew', server_time: expect.any(String) });
  });

  it('CON3 refuses a host that was removed, and closes its socket with 4010', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    await stubOf(host).revoke();
    expect((await agent.untilClosed()).code).toBe(4010);
    const response = await requestConnection(host);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ type: 'agent.revoked' });
  });

  it('CON4 closes with 4001 when the first frame is not hello', async () => {
    const host = await enrolledHost();
    const response = await requestConnection(host);
    if (response.webSocket === null) throw new Error('refused');
    const agent = new TestAgent(response.webSocket);
    agent.send(resultOf({ target_id: target(enqueueRequest(host)), attempt: 1 }));
    expect((await agent.untilClosed()).code).toBe(4001);
  });

  it('CON5 closes with 4011 when the versions do not meet', async () => {
    const host = await enrolledHost();
    const response = await requestConnection(host);
    if (response.webSocket === null) throw new Error('refused');
    const agent = new TestAgent(response.webSocket);
    agent.send(helloFrame({ protocol: { min: 7, max: 9 } }));
    expect(await agent.untilClosed()).toMatchObject({ code: 4011, reason: expect.stringContaining('1 to 1') });
  });

  it('CON6 the newest connection wins, and nothing the older one sends counts', async () => {
    const host = await enrolledHost();
    const older = await TestAgent.connect(host);
    const request = enqueueRequest(host);
    await stubOf(host).enqueue(request);
    await older.next('job.offer');
    const newer = await TestAgent.connect(host, {
      jobs: [{ target_id: target(request), attempt: 1, state: 'accepted' }],
    });
    older.send(helloFrame());
    expect((await older.untilClosed()).code).toBe(4000);
    newer.send(resultOf({ target_id: target(request), attempt: 1 }));
    await newer.next('result.ack');
    expect(await statusOf(host, target(request))).toMatchObject({ status: 'completed' });
  });
});

describe('bad frames', () => {
  it('BAD1 close the socket with the name of the field, and change nothing', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host);
    await stubOf(host).enqueue(request);
    await agent.next('job.offer');
    agent.sendText(JSON.stringify({ ...resultOf({ target_id: target(request), attempt: 1 }), outcome: 'splendid' }));
    expect(await agent.untilClosed()).toMatchObject({ code: 4001, reason: expect.stringContaining('outcome') });
    expect(await statusOf(host, target(request))).toMatchObject({ status: 'queued', holdsDevice: true });
  });

  it('BAD1 close the socket also when the reason is long and not in Latin letters', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const labels = { ['ключ'.repeat(40)]: 'x' };
    agent.sendText(JSON.stringify({ ...helloFrame(), devices: [{ key: 'a', name: 'a', kind: 'phone', labels }] }));
    expect((await agent.untilClosed()).code).toBe(4001);
  });

  it('BAD3 about jobs of another host are acknowledged and change nothing there', async () => {
    const host = await enrolledHost();
    const other = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const victim = await TestAgent.connect(other);
    const request = enqueueRequest(other);
    await stubOf(other).enqueue(request);
    await victim.next('job.offer');
    agent.send(resultOf({ target_id: target(request), attempt: 1 }));
    await agent.next('result.ack');
    expect(await statusOf(other, target(request))).toMatchObject({ status: 'queued', holdsDevice: true });
  });
});

describe('a host that was never enrolled', () => {
  it('keeps nothing, and answers without failing', async () => {
    const { host_id, self_device_id, ...identity } = await enrolledHost();
    const stranger: EnrolledHost = { ...identity, host_id: id('host'), self_device_id };
    expect((await requestConnection(stranger)).status).toBe(401);
    const request = enqueueRequest(stranger);
    expect(only(await stubOf(stranger).enqueue(request))).toMatchObject({ status: 'failed' });
    expect(await stubOf(stranger).readLog({ target_id: target(request), offset: 0 })).toEqual({ kind: 'unknown' });
    await stubOf(stranger).revoke();
    expect(await runInDurableObject(stubOf(stranger), (_instance, state) => [...state.storage.kv.list()].length)).toBe(
      0,
    );
    expect(host_id).not.toBe(stranger.host_id);
  });
});

describe('jobs', () => {
  it('JOB1 offers a job to a connected agent, holds the device, and frees it with the result', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host);
    expect(only(await stubOf(host).enqueue(request))).toMatchObject({
      status: 'queued',
      waiting_for: 'waiting for the agent to begin',
    });
    const { job } = await agent.next('job.offer');
    expect(job).toMatchObject({ target_id: target(request), attempt: 1, timeout_seconds: 60, log_offset: 0 });
    expect(await statusOf(host, target(request))).toMatchObject({ holdsDevice: true });
    agent.send(resultOf(job));
    await agent.next('result.ack');
    expect(await statusOf(host, target(request))).toMatchObject({ status: 'completed', holdsDevice: false });
  });

  it('one device gets one job at a time, in order, also across evictions', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host, 3);
    await stubOf(host).enqueue(request);
    for (const index of [0, 1, 2]) {
      const { job } = await agent.next('job.offer');
      expect(job.target_id).toBe(target(request, index));
      await evict(host);
      agent.send(resultOf(job));
      await agent.next('result.ack');
    }
    expect(agent.received.filter((message) => message.type === 'job.offer')).toHaveLength(3);
  });

  it('an enqueue that is repeated changes nothing', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host);
    await stubOf(host).enqueue(request);
    const { job } = await agent.next('job.offer');
    agent.send(resultOf(job));
    await agent.next('result.ack');
    expect(only(await stubOf(host).enqueue(request))).toMatchObject({ status: 'completed', attempt: 1 });
    expect(agent.received.filter((message) => message.type === 'job.offer')).toHaveLength(1);
  });

  it('JOB2 offers again to an agent that comes back without the job', async () => {
    const host = await enrolledHost();
    const first = await TestAgent.connect(host);
    const request = enqueueRequest(host);
    await stubOf(host).enqueue(request);
    await first.next('job.offer');
    const second = await TestAgent.connect(host);
    expect((await second.next('job.offer')).job.target_id).toBe(target(request));
  });

  it('JOB5 cancels what the agent runs and nobody waits for', async () => {
    const host = await enrolledHost();
    const stray = target(enqueueRequest(host));
    const agent = await TestAgent.connect(host, { jobs: [{ target_id: stray, attempt: 1, state: 'started' }] });
    expect(await agent.next('job.cancel')).toMatchObject({ target_id: stray, reason: 'unknown' });
  });

  it('JOB7 a result that arrives after the end is acknowledged and changes nothing', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host);
    await stubOf(host).enqueue(request);
    const { job } = await agent.next('job.offer');
    agent.send(resultOf(job, { outcome: 'failed', reason: 'exit_code', exit_code: 3 }));
    await agent.next('result.ack');
    await evict(host);
    agent.send(resultOf(job));
    await agent.next('result.ack');
    expect(await statusOf(host, target(request))).toMatchObject({ status: 'failed', end: { exitCode: 3 } });
  });

  it('JOB8 a canceled job that never answers ends as canceled after its grace, and a late result changes nothing', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host);
    await stubOf(host).enqueue(request);
    const { job } = await agent.next('job.offer');
    await stubOf(host).cancel(request);
    expect(await agent.next('job.cancel')).toMatchObject({ target_id: job.target_id, reason: 'canceled' });
    await setClock(host, Date.now() + 16_000);
    await runDurableObjectAlarm(stubOf(host));
    expect(await statusOf(host, job.target_id)).toMatchObject({ status: 'canceled', holdsDevice: false });
    agent.send(resultOf(job));
    await agent.next('result.ack');
    expect(await statusOf(host, job.target_id)).toMatchObject({ status: 'canceled' });
  });

  it('an enqueue that comes after the cancel of its job starts nothing', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host);
    expect(await stubOf(host).cancel(request)).toMatchObject([{ status: 'canceled', attempt: 1 }]);
    await evictDurableObject(stubOf(host), { webSockets: 'hibernate' });
    expect(await stubOf(host).enqueue(request)).toMatchObject([{ status: 'canceled' }]);
    expect(agent.received.filter(({ type }) => type === 'job.offer')).toEqual([]);
    expect(await statusOf(host, target(request))).toMatchObject({ status: 'canceled', sent: false });
  });

  it('JOB9 a job whose agent went away fails when its time is over, and its device is free', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host);
    await stubOf(host).enqueue(request);
    const { job } = await agent.next('job.offer');
    agent.send({
      type: 'job.progress',
      target_id: job.target_id,
      attempt: 1,
      status: 'running',
      percent: null,
      message: null,
    });
    // What comes after the clock was moved would begin only then.
    await vi.waitFor(async () => expect(await statusOf(host, job.target_id)).toMatchObject({ status: 'running' }));
    agent.close(1000);
    await setClock(host, Date.now() + 91_000);
    await evict(host);
    await setClock(host, Date.now() + 91_000);
    await runDurableObjectAlarm(stubOf(host));
    expect(await statusOf(host, job.target_id)).toMatchObject({
      status: 'failed',
      holdsDevice: false,
      end: { reason: 'timed_out' },
    });
  });

  it('retries a failure with the next attempt, and goes on in the same log', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host, 1, { retries: 1 });
    await stubOf(host).enqueue(request);
    const first = await agent.next('job.offer');
    agent.send({
      type: 'job.log',
      target_id: first.job.target_id,
      offset: 0,
      pieces: [{ stream: 'stdout', text: 'no\n' }],
    });
    agent.send(resultOf(first.job, { outcome: 'failed', reason: 'exit_code', exit_code: 1, log_end: 3 }));
    const second = await agent.next('job.offer');
    expect(second.job).toMatchObject({ target_id: first.job.target_id, attempt: 2, log_offset: 3 });
    agent.send(resultOf(second.job, { log_end: 3 }));
    await agent.next('result.ack');
    expect(await statusOf(host, target(request))).toMatchObject({ status: 'completed', attempt: 2 });
  });
});

describe('offline hosts', () => {
  it('policy fail ends at once on a host that said goodbye', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    agent.close(1000);
    await expect
      .poll(() => runInDurableObject(stubOf(host), (instance) => instance.core.store.state().connection.state))
      .toBe('offline');
    expect(only(await stubOf(host).enqueue(enqueueRequest(host)))).toMatchObject({
      status: 'failed',
      result_message: expect.stringContaining('host offline since'),
    });
  });

  it('policy wait keeps the job until the host is back, or until it expires', async () => {
    const host = await enrolledHost();
    const waits = enqueueRequest(host, 1, { offline: { policy: 'wait', expires_in_seconds: 100 } });
    expect(only(await stubOf(host).enqueue(waits))).toMatchObject({
      status: 'queued',
      waiting_for: 'host was never online',
    });
    const agent = await TestAgent.connect(host);
    expect((await agent.next('job.offer')).job.target_id).toBe(target(waits));

    const late = await enrolledHost();
    const expires = enqueueRequest(late, 1, { offline: { policy: 'wait', expires_in_seconds: 100 } });
    await stubOf(late).enqueue(expires);
    await setClock(late, Date.now() + 101_000);
    await runDurableObjectAlarm(stubOf(late));
    expect(await statusOf(late, target(expires))).toMatchObject({ status: 'failed', end: { reason: 'offline' } });
  });

  it('HB3 a host that was silent is offline, and its socket is closed with 4002', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    await setClock(host, Date.now() + 56_000);
    await runDurableObjectAlarm(stubOf(host));
    expect((await agent.untilClosed()).code).toBe(4002);
    expect(await env.TEAM.getByName(host.team_id).describe([host.host_id])).toBeDefined();
    expect(await runInDurableObject(stubOf(host), (instance) => instance.core.store.state().connection.state)).toBe(
      'offline',
    );
  });

  it('a reserved device makes its jobs wait, and its release starts them', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const user = { user_id: id('user'), user_name: 'mia' };
    const reserve = { device_key: 'self', ...user, reason: 'debugging', seconds: 60, take_over: false };
    expect(await stubOf(host).reserve(reserve)).toMatchObject({ ok: true, former: null });
    const request = enqueueRequest(host);
    expect(only(await stubOf(host).enqueue(request))).toMatchObject({
      status: 'queued',
      waiting_for: expect.stringContaining('reserved by mia'),
    });
    expect(await stubOf(host).release({ device_key: 'self', user_id: user.user_id, force: false })).toMatchObject({
      ok: true,
    });
    expect((await agent.next('job.offer')).job.target_id).toBe(target(request));
  });
});

import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { MAX_DETAILS_CHARACTERS } from '#protocol/limits.ts';
import { LiveEvent } from '#protocol/live/events.ts';
import { id } from '../test/ids.ts';
import { resultOf, UPTIME } from '../test/jobs.ts';
import { Viewer } from '../test/live-viewer.ts';
import { type EnrolledHost, enrolledHost, TestAgent } from '../test/test-agent.ts';
import type { StartRequest } from './deployment-rpc.ts';

const stubOf = (request: StartRequest) => env.DEPLOYMENT.getByName(request.deployment_id);

const startRequest = (hosts: EnrolledHost[], overrides: Partial<StartRequest> = {}): StartRequest => ({
  team_id: hosts[0]?.team_id ?? id('team'),
  deployment_id: id('dep'),
  name: 'Run uptime',
  kind: 'command',
  created_by: 'mia',
  created_at: Date.now(),
  timeout_seconds: 60,
  retries: 0,
  idempotent: false,
  offline: { policy: 'fail' },
  strategy: { type: 'parallel', max_concurrency: null, max_failures: null },
  waves: 1,
  rollback_on_failure: false,
  bandwidth_limit: null,
  parent: null,
  activates: null,
  firing: null,
  items: [{ label: 'uptime', action: UPTIME.action, health_check: null, side: null }],
  targets: hosts.map((host) => ({
    id: id('tgt'),
    host_id: host.host_id,
    device_id: host.self_device_id,
    device_key: 'self',
    device_name: host.name,
    item: 0,
    wave: 0,
    undoes: null,
  })),
  ...overrides,
});

const team = async (count: number) => {
  const team_id = id('team');
  const hosts: EnrolledHost[] = [];
  for (let index = 0; index < count; index++) hosts.push(await enrolledHost({ team_id, name: `lab-${index}` }));
  const agents = await Promise.all(hosts.map((host) => TestAgent.connect(host)));
  return { team_id, hosts, agents };
};

const finish = async (agent: TestAgent, overrides: Parameters<typeof resultOf>[1] = {}) => {
  const { job } = await agent.next('job.offer');
  agent.send(resultOf(job, overrides));
  await agent.next('result.ack');
};

const untilStatus = (request: StartRequest, status: string) =>
  expect.poll(async () => (await stubOf(request).summary())?.status, { timeout: 4000, interval: 10 }).toBe(status);

const live = async (team_id: StartRequest['team_id'], since?: number) =>
  new Viewer(
    await env.TEAM.getByName(team_id).fetch(`https://team/live${since === undefined ? '' : `?since=${since}`}`, {
      headers: { upgrade: 'websocket' },
    }),
    (text) => LiveEvent.parse(JSON.parse(text)),
  );

describe('a deployment', () => {
  it('ends completed with the last result, and a start that is repeated changes nothing', async () => {
    const { hosts, agents } = await team(3);
    const request = startRequest(hosts);
    await stubOf(request).start(request);
    await Promise.all(agents.map((agent) => finish(agent)));
    await untilStatus(request, 'completed');
    expect(await stubOf(request).start(request)).toMatchObject({
      status: 'completed',
      completed: 3,
      success_rate: 100,
    });
  });

  it('ends partial when some failed, and keeps what was said of each', async () => {
    const { hosts, agents } = await team(2);
    const request = startRequest(hosts);
    await stubOf(request).start(request);
    const [first, second] = agents;
    if (first === undefined || second === undefined) throw new Error('two agents');
    await finish(first);
    await finish(second, { outcome: 'failed', reason: 'exit_code', exit_code: 3, message: 'exited with code 3' });
    await untilStatus(request, 'partial');
    const progress = await stubOf(request).progress();
    expect(progress).toMatchObject({ completed: 1, failed: 1, success_rate: 50 });
    expect(progress?.targets.find((target) => target.status === 'failed')).toMatchObject({
      exit_code: 3,
      result_message: 'exited with code 3',
    });
  });

  it('survives the eviction of every object in the middle', async () => {
    const { hosts, agents } = await team(2);
    const request = startRequest(hosts);
    await stubOf(request).start(request);
    const offers = await Promise.all(agents.map((agent) => agent.next('job.offer')));
    await evictDurableObject(stubOf(request));
    for (const host of hosts) await evictDurableObject(env.HOST.getByName(host.host_id), { webSockets: 'hibernate' });
    for (const [index, agent] of agents.entries()) {
      const offer = offers[index];
      if (offer !== undefined) agent.send(resultOf(offer.job));
    }
    await untilStatus(request, 'completed');
  });

  it('never has more targets in flight than max_concurrency, and says why the others wait', async () => {
    const { hosts, agents } = await team(3);
    const request = startRequest(hosts, { strategy: { type: 'parallel', max_concurrency: 1, max_failures: null } });
    await stubOf(request).start(request);
    for (let done = 0; done < 3; done++) {
      const progress = await stubOf(request).progress();
      expect(progress).toMatchObject({ running: 1, pending: 2 - done });
      expect(
        progress?.targets
          .filter((target) => target.status === 'pending')
          .every((target) => target.waiting_for === 'waits for one of 1 slots'),
      ).toBe(true);
      const agent = agents[done];
      if (agent !== undefined) await finish(agent);
      await expect
        .poll(async () => (await stubOf(request).summary())?.completed, { timeout: 4000, interval: 10 })
        .toBe(done + 1);
    }
    await untilStatus(request, 'completed');
  });

  it('cancel ends what waits at once and what runs with its agent', async () => {
    const { hosts, agents } = await team(2);
    const request = startRequest(hosts, { strategy: { type: 'parallel', max_concurrency: 1, max_failures: null } });
    await stubOf(request).start(request);
    const [agent] = agents;
    if (agent === undefined) throw new Error('an agent');
    const { job } = await agent.next('job.offer');
    expect(await stubOf(request).control('cancel')).toMatchObject({ ok: true, summary: { canceled: 1, running: 1 } });
    await agent.next('job.cancel');
    agent.send(resultOf(job, { outcome: 'canceled', reason: 'canceled', exit_code: null, message: 'canceled' }));
    await untilStatus(request, 'canceled');
    expect(await stubOf(request).control('cancel')).toMatchObject({ ok: false });
  });

  it('cancel while it waits between two waves ends it, and leaves the object answering', async () => {
    const { hosts, agents } = await team(2);
    const request = startRequest(hosts, {
      strategy: {
        type: 'canary',
        canary_size: 1,
        bake_seconds: 0,
        promote: 'manual',
        max_concurrency: null,
        max_failures: 0,
      },
      waves: 2,
    });
    const targets = request.targets.map((target, wave) => ({ ...target, wave }));
    await stubOf(request).start({ ...request, targets });
    const [agent] = agents;
    if (agent === undefined) throw new Error('an agent');
    await finish(agent);
    await expect.poll(async () => (await stubOf(request).summary())?.gate?.kind, { timeout: 4000 }).toBe('promotion');
    expect(await stubOf(request).control('cancel')).toMatchObject({ ok: true });
    await untilStatus(request, 'canceled');
    expect(await stubOf(request).summary()).toMatchObject({ completed: 1, canceled: 1, stop_reason: 'canceled' });
  });

  it('stops within its error budget and skips the rest', async () => {
    const { hosts, agents } = await team(3);
    const request = startRequest(hosts, { strategy: { type: 'parallel', max_concurrency: null, max_failures: 0 } });
    await stubOf(request).start(request);
    const [agent] = agents;
    if (agent === undefined) throw new Error('an agent');
    await finish(agent, { outcome: 'failed', reason: 'exit_code', exit_code: 1 });
    await untilStatus(request, 'failed');
    expect(await stubOf(request).summary()).toMatchObject({ failed: 1, skipped: 2 });
  });

  it('a target of a host that was removed fails, and nothing waits for it', async () => {
    const host = await enrolledHost();
    await env.HOST.getByName(host.host_id).revoke();
    const request = startRequest([host]);
    await stubOf(request).start(request);
    await untilStatus(request, 'failed');
  });

  it('an enqueue that was committed and never sent goes out with the alarm', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = startRequest([host]);
    // As after a crash between the commit and the call: the row says that the host must be told.
    await runInDurableObject(stubOf(request), async (instance, state) => {
      instance.core.store.create(request);
      const created = instance.core.store.state();
      instance.core.store.setState({
        ...created,
        status: 'in_progress',
        counts: { ...created.counts, pending: 0, queued: 1 },
      });
      instance.core.store.admit(1, 1);
      await state.storage.setAlarm(Date.now() + 60_000);
    });
    await runDurableObjectAlarm(stubOf(request));
    await finish(agent);
    await untilStatus(request, 'completed');
  });
});

describe('a fleet that fails with much to say', () => {
  it('reaches the record and dashboards, however much that is', async () => {
    const host = await enrolledHost();
    const many = Array.from({ length: 1000 }, () => host);
    const offline = { policy: 'wait' as const, expires_in_seconds: 3600 };
    const request = startRequest(many, { offline });
    const stub = stubOf(request);
    await stub.start(request);
    const reports = request.targets.map((target) => ({
      target_id: target.id,
      version: 1000,
      status: 'failed' as const,
      attempt: 1,
      progress_percent: null,
      result_message: 'exited with code 1',
      error_details: 'é'.repeat(MAX_DETAILS_CHARACTERS),
      exit_code: 1,
      waiting_for: null,
      started_at: 1,
      completed_at: 2,
      undo: null,
    }));
    await stub.report({ host_id: host.host_id, reports });
    await stub.record();
    const behind = () =>
      runInDurableObject(stub, ({ core }) => {
        const { version, published, recorded } = core.store.cursors.get();
        return [version - published, version - recorded];
      });
    await expect.poll(behind, { timeout: 8000, interval: 50 }).toEqual([0, 0]);
  });
});

describe('a crash of a host between a step and its writing', () => {
  it('does not keep the end of the job from its deployment', async () => {
    const { hosts, agents } = await team(1);
    const [host] = hosts;
    const [agent] = agents;
    if (host === undefined || agent === undefined) throw new Error('one of each');
    const request = startRequest(hosts);
    await stubOf(request).start(request);
    const { job } = await agent.next('job.offer');
    const stub = env.HOST.getByName(host.host_id);
    for (const percent of [1, 2, 3])
      agent.send({
        type: 'job.progress',
        target_id: job.target_id,
        attempt: 1,
        status: 'running',
        percent,
        message: null,
      });
    const progress = async () => (await stubOf(request).progress())?.targets[0]?.progress_percent;
    await expect.poll(progress, { timeout: 4000, interval: 5 }).toBe(3);
    // What a crash does: what was not written is gone, and so is the socket.
    await runInDurableObject(stub, (instance) => instance.core.store.forgetCopies());
    agent.close(1000);
    const offline = () => runInDurableObject(stub, (instance) => instance.core.store.state().connection.state);
    await expect.poll(offline, { timeout: 4000, interval: 5 }).toBe('offline');
    expect(await stubOf(request).control('cancel')).toMatchObject({ ok: true });
    await untilStatus(request, 'canceled');
  });
});

describe('a host that lost count of its reports in a crash', () => {
  it('is heard all the same, whatever number it uses', async () => {
    for (const lost of [1, 2, 3]) {
      const { team_id, hosts, agents } = await team(1);
      const [host] = hosts;
      const [agent] = agents;
      if (host === undefined || agent === undefined) throw new Error('one of each');
      const stub = env.HOST.getByName(host.host_id);
      const locked = async () => (await env.TEAM.getByName(team_id).describe([host.host_id])).devices.length;
      const request = startRequest(hosts);
      await stubOf(request).start(request);
      const { job } = await agent.next('job.offer');
      await expect.poll(locked, { timeout: 4000, interval: 10 }).toBe(1);
      await runInDurableObject(stub, ({ core }) => {
        const { version } = core.store.told.get();
        core.store.told.set({ version: version - lost, snapshot: '' });
      });
      agent.close(1011);
      const back = await TestAgent.connect(host, {
        jobs: [{ target_id: job.target_id, attempt: 1, state: 'started' }],
      });
      back.send(resultOf(job));
      await back.next('result.ack');
      await expect.poll(locked, { timeout: 4000, interval: 10 }).toBe(0);
    }
  });
});

describe('dashboards', () => {
  it('hear of the lock, the targets and the end, in order and numbered without gaps', async () => {
    const { team_id, hosts, agents } = await team(1);
    const viewer = await live(team_id);
    const request = startRequest(hosts);
    await stubOf(request).start(request);
    const [agent] = agents;
    const host = hosts[0];
    if (agent === undefined || host === undefined) throw new Error('one of each');
    const { job } = await agent.next('job.offer');
    const locked = (frames: LiveEvent[]) =>
      frames.some((frame) => frame.event === 'device_updated' && frame.data.has_running_deployment === true);
    await viewer.until(locked);
    expect(await env.TEAM.getByName(team_id).describe([host.host_id])).toMatchObject({
      devices: [{ device_id: host.self_device_id, lock: { holder: 'deployment', id: request.deployment_id } }],
    });
    agent.send(resultOf(job));
    const frames = await viewer.until(
      (all) =>
        all.some((frame) => frame.event === 'deployment_completed') &&
        all.some((frame) => frame.event === 'device_updated' && frame.data.lock === null),
    );
    const numbers = frames.map((frame) => frame.seq);
    expect(numbers.slice(1)).toEqual(numbers.slice(1).map((_, index) => (numbers[1] ?? 0) + index));
    expect(
      frames.some((frame) => frame.event === 'target_updated' && frame.data.targets[0]?.status === 'completed'),
    ).toBe(true);
  });

  it('that come back with `since` get what they missed, and a resync when that is not known', async () => {
    const { team_id, hosts } = await team(1);
    const host = hosts[0];
    if (host === undefined) throw new Error('a host');
    await expect
      .poll(async () => (await env.TEAM.getByName(team_id).overview()).online_host_ids, { timeout: 4000, interval: 10 })
      .toEqual([host.host_id]);
    const back = await live(team_id, 0);
    expect((await back.until((frames) => frames.length > 0))[0]).toMatchObject({
      event: 'agent_connected',
      data: { host_id: host.host_id },
      seq: 1,
    });
    const lost = await live(team_id, 999);
    expect((await lost.until((frames) => frames.length > 0))[0]).toMatchObject({ event: 'resync' });
  });
});

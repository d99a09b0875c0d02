import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { keyFor, sealText } from '../secrets.ts';
import { id } from '../test/ids.ts';
import { enqueueRequest, resultOf, UPTIME } from '../test/jobs.ts';
import { type EnrolledHost, enrolledHost, proofOf, TestAgent } from '../test/test-agent.ts';
import type { EnqueueRequest } from './host-rpc.ts';

const stubOf = (host: EnrolledHost) => env.HOST.getByName(host.host_id);
const otherKey = keyFor({ DEPLOYX_SECRETS_KEY: 'another-key-another-key-another-key-another' }, 'seal');

const withSecret = (host: EnrolledHost, TOKEN: string, overrides: Partial<EnqueueRequest> = {}): EnqueueRequest => ({
  ...enqueueRequest(host),
  jobs: enqueueRequest(host).jobs.map((job) => ({
    ...job,
    work: {
      ...UPTIME,
      action: {
        kind: 'command',
        command: 'deploy',
        shell: 'sh',
        working_directory: null,
        env: { LANG: 'C', TOKEN },
        secret_env: ['TOKEN'],
      },
    },
  })),
  ...overrides,
});

const storedText = (host: EnrolledHost): Promise<string> =>
  runInDurableObject(stubOf(host), (_instance, state) =>
    JSON.stringify(state.storage.sql.exec('SELECT * FROM job').toArray()),
  );

describe('a job with a secret', () => {
  it('reaches the agent with it in readable form, and is stored with it sealed', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    await stubOf(host).enqueue(withSecret(host, sealText('hunter2-hunter2', keyFor(env, 'seal'))));
    const { job } = await agent.next('job.offer');
    expect(job.action).toMatchObject({ env: { LANG: 'C', TOKEN: 'hunter2-hunter2' }, secret_env: ['TOKEN'] });
    expect(await storedText(host)).toContain('sealed:v1:');
    expect(await storedText(host)).not.toContain('hunter2');
  });

  it('is opened anew for an agent that comes back after an eviction', async () => {
    const host = await enrolledHost();
    const offline = { policy: 'wait', expires_in_seconds: 600 } as const;
    await stubOf(host).enqueue(withSecret(host, sealText('hunter2-hunter2', keyFor(env, 'seal')), { offline }));
    await evictDurableObject(stubOf(host));
    const agent = await TestAgent.connect(host);
    expect((await agent.next('job.offer')).job.action).toMatchObject({ env: { TOKEN: 'hunter2-hunter2' } });
  });

  it('that cannot be opened fails with its name, is offered to nobody, and frees the device', async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const sealed = sealText('hunter2-hunter2', otherKey);
    const request = withSecret(host, sealed, { retries: 3 });
    const [report] = await stubOf(host).enqueue(request);
    expect(report).toMatchObject({
      status: 'failed',
      attempt: 1,
      result_message: expect.stringContaining('the secret TOKEN cannot be opened'),
    });
    expect(JSON.stringify(report)).not.toContain(sealed);
    await stubOf(host).enqueue(enqueueRequest(host));
    const { job } = await agent.next('job.offer');
    expect(job.action).toMatchObject({ command: 'uptime' });
    expect(agent.received.filter(({ type }) => type === 'job.offer')).toHaveLength(1);
  });
});

describe('REP2 a report is authorized', () => {
  const running = async () => {
    const host = await enrolledHost();
    const agent = await TestAgent.connect(host);
    const request = enqueueRequest(host, 2);
    await stubOf(host).enqueue(request);
    const { job } = await agent.next('job.offer');
    return { host, agent, request, job };
  };
  const ask = async (host: EnrolledHost, target_id: ReturnType<typeof id<'tgt'>>, attempt = 1, proof?: string) =>
    stubOf(host).authorizeReport({ proof: proof ?? (await proofOf(host)), target_id, attempt });

  it('for a job that the agent has, with whose it is', async () => {
    const { host, job } = await running();
    expect(await ask(host, job.target_id)).toEqual({
      ok: true,
      team_id: host.team_id,
      deployment_id: job.deployment_id,
      target_id: job.target_id,
      attempt: 1,
    });
  });

  it('not for a job that waits, one that has ended, another attempt, another host’s or none', async () => {
    const { host, agent, request, job } = await running();
    const other = await running();
    const waiting = request.jobs.find(({ target_id }) => target_id !== job.target_id)?.target_id ?? id('tgt');
    for (const [target, attempt] of [
      [waiting, 1],
      [job.target_id, 2],
      [other.job.target_id, 1],
      [id('tgt'), 1],
    ] as const)
      expect(await ask(host, target, attempt)).toMatchObject({ ok: false, status: 404 });
    agent.send(resultOf(job));
    await agent.next('result.ack');
    expect(await ask(host, job.target_id)).toMatchObject({ ok: false, status: 404 });
  });

  it('not without a fresh proof of the host key', async () => {
    const { host, job } = await running();
    const stranger = await enrolledHost();
    const proof = await proofOf(host);
    expect(await ask(host, job.target_id, 1, proof)).toMatchObject({ ok: true });
    expect(await ask(host, job.target_id, 1, proof)).toMatchObject({ status: 401 });
    const forged = await proofOf({ ...stranger, host_id: host.host_id });
    expect(await ask(host, job.target_id, 1, forged)).toMatchObject({ status: 401 });
    const unknown = { ...host, host_id: id('host') };
    expect(await ask(unknown, job.target_id, 1, await proofOf(unknown))).toMatchObject({ status: 401 });
  });
});

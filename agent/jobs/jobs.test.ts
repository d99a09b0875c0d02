import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Job } from '#protocol/agent/job.ts';
import type { FakeServer } from '../test/fake-server.ts';
import { outcome } from '../test/scripted-action.ts';
import {
  connectedAgent,
  enrolledFiles,
  linesIn,
  type RunningAgent,
  startAgent,
  startServer,
  temporaryDirectory,
} from '../test/test-agent.ts';
import { testJob } from '../test/test-ids.ts';
import type { RunAction } from './run-job.ts';

const results = (server: FakeServer) => server.frames('job.result');
const result = (server: FakeServer, count = 1): Promise<void> =>
  server.until(`${count} results`, () => results(server).length >= count);

/** Asks for the state and waits for it: whatever was sent before has been handled by then. */
const roundTrip = async (server: FakeServer): Promise<void> => {
  const { connection } = server;
  const before = connection.hellos.length;
  connection.send({ type: 'state.request' });
  await server.until('a round trip', () => connection.hellos.length > before);
};

const settings = (agent: RunningAgent, parts: Record<string, unknown>): void => {
  const { agentFile } = agent.files;
  writeFileSync(agentFile, JSON.stringify({ ...JSON.parse(readFileSync(agentFile, 'utf8')), ...parts }));
};

describe('a job', () => {
  test('JOB1 JOB6 is accepted, run and reported, and forgotten when the result is acknowledged', async () => {
    const { server, agent } = await connectedAgent();
    const job = server.offer(testJob({ command: 'print hello' }));
    await result(server);
    const kinds = server.connection.frames.map((frame) => frame.type);
    expect(kinds).toEqual(['hello', 'job.accepted', 'job.progress', 'job.log', 'job.result']);
    expect(results(server)[0]).toEqual({
      type: 'job.result',
      target_id: job.target_id,
      attempt: 1,
      outcome: 'completed',
      reason: 'ok',
      exit_code: 0,
      message: 'Done',
      details: null,
      undo: null,
      log_end: 6,
    });
    expect(server.logs.text(job.target_id)).toBe('hello\n');
    await roundTrip(server);
    expect(server.connection.hellos.at(-1)?.jobs).toEqual([]);
    expect(readdirSync(agent.files.spool)).toEqual([]);
  });

  test('JOB1 is in the journal before it is accepted', async () => {
    const held: (() => void)[] = [];
    const { server } = await connectedAgent({
      syncJournal: async (handle) => {
        await new Promise<void>((resolve) => held.push(resolve));
        await handle.datasync();
      },
    });
    server.offer(testJob());
    await expect.poll(() => held.length).toBe(1);
    await roundTrip(server);
    expect(server.frames('job.accepted')).toEqual([]);
    expect(server.connection.hellos.at(-1)?.jobs).toEqual([]);
    held[0]?.();
    await server.until('accepted', () => server.frames('job.accepted').length === 1);
    // The result waits for the journal too.
    await expect.poll(() => held.length).toBe(2);
    expect(results(server)).toEqual([]);
    held[1]?.();
    await result(server);
  });

  test('JOB3 that is offered many times is started once', async () => {
    const marks = join(temporaryDirectory(), 'marks');
    const go = join(temporaryDirectory(), 'go');
    const { server } = await connectedAgent();
    const job = server.offer(testJob({ command: `mark ${marks}\nwait ${go}` }));
    for (let index = 0; index < 5; index++) server.connection.send({ type: 'job.offer', job });
    await server.until('accepted', () => server.frames('job.accepted').length > 0);
    server.connection.send({ type: 'job.offer', job });
    await server.until('accepted again', () => server.frames('job.accepted').length > 1);
    writeFileSync(go, '');
    await result(server);
    server.connection.send({ type: 'job.offer', job });
    await result(server, 2);
    expect(results(server)[1]).toEqual({ ...results(server)[0], details: null });
    expect(linesIn(marks)).toBe(1);
  });

  test('JOB6 whose result is not acknowledged is reported on each connection until it is', async () => {
    const { server } = await connectedAgent();
    server.acknowledgesResults = false;
    const job = server.offer(testJob());
    for (const count of [1, 2, 3]) {
      await result(server, count);
      server.drop();
    }
    server.acknowledgesResults = true;
    await result(server, 4);
    server.drop();
    await server.until('hello', () => server.connections.length === 5 && server.connection.hellos.length === 1);
    expect(server.connections.map((connection) => connection.hellos[0]?.jobs)).toEqual([
      [],
      ...Array(3).fill([{ target_id: job.target_id, attempt: 1, state: 'finished' }]),
      [],
    ]);
  });

  test('that ends while the agent is cut off is reported when it is back', async () => {
    const go = join(temporaryDirectory(), 'go');
    const { server, agent } = await connectedAgent();
    const job = server.offer(testJob({ command: `print one\nwait ${go}\nprint two` }));
    await server.until('running', () => server.frames('job.log').length === 1);
    server.refusal = { status: 503, body: {} };
    server.drop();
    await server.until('gone', () => !server.connection.open);
    writeFileSync(go, '');
    await agent.logged('job.finished');
    server.refusal = null;
    await result(server);
    expect(server.logs.text(job.target_id)).toBe('one\ntwo\n');
    expect(results(server)[0]?.log_end).toBe(8);
  });

  test('whose action throws is reported as the failure of the agent that it is', async () => {
    const { server } = await connectedAgent({
      runAction: async () => {
        throw new Error('no idea');
      },
    });
    server.offer(testJob());
    await result(server);
    expect(results(server)[0]).toMatchObject({ outcome: 'failed', reason: 'internal', details: 'no idea' });
  });

  test('BAD1 whose action says too much is reported within the bounds of the protocol', async () => {
    const { server } = await connectedAgent({
      runAction: async ({ progress }) => {
        progress('running', 1e9, 'p'.repeat(10_000));
        return outcome({ message: '😀'.repeat(10_000), details: 'd'.repeat(100_000) });
      },
    });
    server.offer(testJob());
    await result(server);
    expect(server.connection.refused).toEqual([]);
    expect(results(server)[0]).toMatchObject({ message: expect.stringMatching(/^(😀){250}$/u) });
  });

  test('has a folder of its own, which is gone afterwards', async () => {
    let folder = '';
    const runAction: RunAction = async ({ workDirectory }) => {
      folder = workDirectory;
      expect(existsSync(folder)).toBe(true);
      return outcome();
    };
    const { server, agent } = await connectedAgent({ runAction });
    server.offer(testJob());
    await result(server);
    expect(folder.startsWith(agent.files.work)).toBe(true);
    await expect.poll(() => existsSync(folder)).toBe(false);
  });

  test('that the journal does not take is refused, and never started', async () => {
    let started = 0;
    const { server } = await connectedAgent({
      runAction: async () => {
        started += 1;
        return outcome();
      },
      syncJournal: async () => {
        throw new Error('ENOSPC: no space left on device');
      },
    });
    server.offer(testJob({ log_offset: 7 }));
    await result(server);
    expect(results(server)[0]).toMatchObject({ outcome: 'failed', reason: 'disk_full', log_end: 7 });
    expect(server.frames('job.accepted')).toEqual([]);
    expect(started).toBe(0);
  });
});

describe('ending a job', () => {
  test('JOB8 a running job that is canceled ends canceled', async () => {
    const { server } = await connectedAgent();
    const job = server.offer(testJob({ command: 'wait /nowhere' }));
    await server.until('running', () => server.frames('job.progress').length === 1);
    server.connection.send({ type: 'job.cancel', target_id: job.target_id, attempt: 1, reason: 'canceled' });
    await result(server);
    expect(results(server)[0]).toMatchObject({ outcome: 'canceled', reason: 'canceled' });
  });

  test('JOB8 a cancel because of the time limit ends timed_out', async () => {
    const { server } = await connectedAgent();
    const job = server.offer(testJob({ command: 'wait /nowhere' }));
    await server.until('running', () => server.frames('job.progress').length === 1);
    server.connection.send({ type: 'job.cancel', target_id: job.target_id, attempt: 1, reason: 'timed_out' });
    await result(server);
    expect(results(server)[0]).toMatchObject({ outcome: 'failed', reason: 'timed_out' });
  });

  test('JOB8 a job that waits is canceled without ever starting', async () => {
    const marks = join(temporaryDirectory(), 'marks');
    const { server } = await connectedAgent();
    const first = server.offer(testJob({ command: 'wait /nowhere' }));
    const second = server.offer(testJob({ command: `mark ${marks}`, log_offset: 12 }));
    await server.until('both accepted', () => server.frames('job.accepted').length === 2);
    server.connection.send({ type: 'job.cancel', target_id: second.target_id, attempt: 1, reason: 'canceled' });
    await result(server);
    expect(results(server)[0]).toMatchObject({ target_id: second.target_id, outcome: 'canceled', log_end: 12 });
    server.connection.send({ type: 'job.cancel', target_id: first.target_id, attempt: 1, reason: 'canceled' });
    await result(server, 2);
    expect(linesIn(marks)).toBe(0);
  });

  test('JOB8 a job that the agent does not know is answered as canceled', async () => {
    const { server } = await connectedAgent();
    const { target_id } = testJob();
    server.connection.send({ type: 'job.cancel', target_id, attempt: 4, reason: 'canceled' });
    await result(server);
    expect(results(server)[0]).toMatchObject({ target_id, attempt: 4, outcome: 'canceled', log_end: 0 });
  });

  test('JOB7 a cancel after the end changes nothing: the result is told again', async () => {
    const { server } = await connectedAgent();
    server.acknowledgesResults = false;
    const job = server.offer(testJob());
    await result(server);
    const cancel = { type: 'job.cancel', target_id: job.target_id, attempt: 1, reason: 'canceled' } as const;
    server.connection.send(cancel);
    await result(server, 2);
    server.connection.send({ type: 'result.ack', target_id: job.target_id, attempt: 1 });
    server.connection.send(cancel);
    await result(server, 3);
    expect(results(server).map((frame) => frame.outcome)).toEqual(['completed', 'completed', 'completed']);
  });

  test('JOB5 a job that the server does not wait for is ended and forgotten', async () => {
    const { server } = await connectedAgent();
    const job = server.offer(testJob({ command: 'wait /nowhere' }));
    await server.until('running', () => server.frames('job.progress').length === 1);
    await roundTrip(server);
    expect(server.connection.hellos.at(-1)?.jobs).toMatchObject([{ target_id: job.target_id, state: 'started' }]);
    server.connection.send({ type: 'job.cancel', target_id: job.target_id, attempt: 1, reason: 'unknown' });
    server.offer(testJob());
    await result(server);
    expect(results(server)[0]?.target_id).not.toBe(job.target_id);
    await roundTrip(server);
    await roundTrip(server);
    expect(server.connection.hellos.at(-1)?.jobs).toEqual([]);
  });

  test('JOB9 the time limit ends a job', async () => {
    const { server } = await connectedAgent();
    server.offer(testJob({ command: 'wait /nowhere', timeout_seconds: 1 }));
    await result(server);
    expect(results(server)[0]).toMatchObject({ outcome: 'failed', reason: 'timed_out' });
  });

  test('JOB9 a clock that is set right while a job starts does not end it', async () => {
    let ahead = 0;
    const { server } = await connectedAgent({
      now: () => Date.now() + ahead,
      syncJournal: async () => {
        ahead = 3_600_000;
      },
    });
    server.offer(testJob({ command: 'print done' }));
    await result(server);
    expect(results(server)[0]).toMatchObject({ outcome: 'completed' });
  });

  test('BAD3 an acknowledgement of a result that was never sent changes nothing', async () => {
    const { server, agent } = await connectedAgent();
    const job = server.offer(testJob({ command: 'wait /nowhere' }));
    await server.until('running', () => server.frames('job.progress').length === 1);
    server.connection.send({ type: 'result.ack', target_id: job.target_id, attempt: 1 });
    await agent.logged('result.ack_ignored');
    await roundTrip(server);
    expect(server.connection.hellos.at(-1)?.jobs).toMatchObject([{ state: 'started' }]);
  });

  test('JOB7 a new attempt supersedes the old one, which ends and writes no more into the log', async () => {
    const { server } = await connectedAgent();
    const first = server.offer(testJob({ command: 'print old\nwait /nowhere' }));
    await server.until('output', () => server.logs.end(first.target_id) === 4);
    const second = server.offer({
      ...testJob({ command: 'print new' }),
      target_id: first.target_id,
      attempt: 2,
      log_offset: 4,
    });
    await result(server, 2);
    expect(results(server)).toMatchObject([
      { attempt: 1, outcome: 'canceled' },
      { attempt: 2, outcome: 'completed', log_end: 8 },
    ]);
    expect(server.logs.text(second.target_id)).toBe('old\nnew\n');
    server.connection.send({ type: 'job.offer', job: first });
    await result(server, 3);
    expect(results(server)[2]).toMatchObject({ attempt: 1, outcome: 'canceled' });
  });
});

describe('jobs beside each other', () => {
  const started = (server: FakeServer, jobs: Job[]): number[] =>
    jobs.flatMap((job, index) =>
      server.frames('job.progress').some((frame) => frame.target_id === job.target_id) ? [index] : [],
    );

  test('JOB11 run up to max_parallel, one a device, the others accepted and in their turn', async () => {
    const folder = temporaryDirectory();
    const server = await startServer();
    const files = await enrolledFiles(server);
    const agent = await startAgent(files);
    await server.until('hello', () => server.connections.length === 1);
    settings(agent, { policy: { max_parallel: 2 } });
    await agent.logged('settings.changed');
    const jobs = ['a', 'a', 'b', 'c'].map((device_key, index) =>
      server.offer(testJob({ device_key, command: `wait ${join(folder, String(index))}` })),
    );
    await server.until('all accepted', () => server.frames('job.accepted').length === 4);
    await roundTrip(server);
    expect(started(server, jobs)).toEqual([0, 2]);
    expect(server.connection.hellos.at(-1)?.jobs.map((job) => job.state)).toEqual([
      'started',
      'accepted',
      'started',
      'accepted',
    ]);
    writeFileSync(join(folder, '2'), '');
    await server.until('the next device', () => started(server, jobs).length === 3);
    expect(started(server, jobs)).toEqual([0, 2, 3]);
    writeFileSync(join(folder, '0'), '');
    await server.until('the same device', () => started(server, jobs).length === 4);
    for (const index of ['1', '3']) writeFileSync(join(folder, index), '');
    await result(server, 4);
  });

  test('devices that a person adds while the agent runs are told at once, and a broken file is not taken', async () => {
    const { server, agent } = await connectedAgent();
    settings(agent, { devices: [{ key: 'phone-1', name: 'Phone', kind: 'android', labels: { lab: '7' } }] });
    await server.until('a fresh hello', () => server.connection.hellos.length === 2);
    expect(server.connection.hellos[1]?.devices).toEqual([
      { key: 'phone-1', name: 'Phone', kind: 'android', labels: { lab: '7' } },
    ]);
    settings(agent, { devices: [{ key: 'self', name: 'Mine', kind: 'host' }] });
    await agent.logged('settings.refused');
    expect(server.connections).toHaveLength(1);
    await roundTrip(server);
    expect(server.connection.hellos[2]?.devices).toHaveLength(1);
  });
});

describe('stopping', () => {
  test('a job that ends in the grace is reported before the agent goes', async () => {
    const go = join(temporaryDirectory(), 'go');
    const { server, agent } = await connectedAgent({ stopGraceMs: 4000 });
    server.offer(testJob({ command: `wait ${go}\nprint bye` }));
    await server.until('running', () => server.frames('job.progress').length === 1);
    const stopped = agent.stop();
    const late = server.offer(testJob());
    await roundTrip(server);
    writeFileSync(go, '');
    expect(await stopped).toBe('stopped');
    expect(results(server)).toMatchObject([{ outcome: 'completed' }]);
    expect(server.frames('job.accepted').some((frame) => frame.target_id === late.target_id)).toBe(false);
  });

  test('JOB4 a job that does not is ended as interrupted, and its log says so', async () => {
    const { server, agent } = await connectedAgent({ stopGraceMs: 20 });
    const job = server.offer(testJob({ command: 'print one\nwait /nowhere' }));
    await server.until('output', () => server.logs.end(job.target_id) === 4);
    await agent.stop();
    expect(results(server)).toMatchObject([{ outcome: 'failed', reason: 'interrupted' }]);
    expect(server.logs.text(job.target_id)).toBe('one\nThe agent was stopped while this job ran\n');
    expect(results(server)[0]?.log_end).toBe(server.logs.end(job.target_id));
  });

  test('a result that the server did not acknowledge is told by the next run', async () => {
    const { server, agent } = await connectedAgent();
    server.acknowledgesResults = false;
    const job = server.offer(testJob({ command: 'print one' }));
    await result(server);
    await agent.stop();
    server.acknowledgesResults = true;
    await startAgent(agent.files);
    await result(server, 2);
    expect(results(server)[1]).toEqual(results(server)[0]);
    expect(server.logs.text(job.target_id)).toBe('one\n');
  });
});

describe('after a crash', () => {
  const crashed = async (idempotent: boolean) => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    const job = testJob({ command: 'print again', idempotent });
    const name = { target_id: job.target_id, attempt: 1 };
    const records = [
      { type: 'accepted', at: Date.now(), job },
      { type: 'started', at: Date.now(), ...name },
    ];
    writeFileSync(files.journal, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    return { server, files, job };
  };

  test.each([true, false])(
    'JOB4 nothing of a job is left running before it is decided (idempotent: %s)',
    async (idempotent) => {
      const { server, files, job } = await crashed(idempotent);
      const ended: string[] = [];
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      await startAgent(files, {
        endLeftovers: async (targetId) => {
          ended.push(targetId);
          await held;
        },
      });
      await server.until('online all the same', () => server.connections.length === 1);
      await roundTrip(server);
      expect(server.connection.hellos.at(-1)?.jobs).toMatchObject([{ state: 'started' }]);
      expect(ended).toEqual([job.target_id]);
      release();
      await result(server);
      expect(results(server)[0]?.reason).toBe(idempotent ? 'ok' : 'interrupted');
    },
  );

  test('JOB8 an idempotent job that is canceled meanwhile is not run again', async () => {
    const { server, files, job } = await crashed(true);
    server.onHello = (connection) => {
      connection.welcome();
      connection.send({ type: 'job.cancel', target_id: job.target_id, attempt: 1, reason: 'canceled' });
    };
    await startAgent(files);
    await result(server);
    expect(results(server)).toMatchObject([{ outcome: 'canceled' }]);
    expect(server.logs.text(job.target_id)).not.toContain('again\nagain');
  });

  test('JOB4 processes that cannot be ended do not keep the result back', async () => {
    const { server, files } = await crashed(false);
    const agent = await startAgent(files, { endLeftovers: () => Promise.reject(new Error('no /proc')) });
    await result(server);
    expect(results(server)).toMatchObject([{ reason: 'interrupted' }]);
    expect(agent.lines).toContainEqual(expect.objectContaining({ event: 'job.leftovers' }));
  });
});

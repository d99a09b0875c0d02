/** A real agent, killed at each point of a job's life: afterwards the job has one right result, ran once, and its log is whole. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '#protocol/agent/job.ts';
import { readJournal } from './jobs/journal.ts';
import type { StateFiles } from './state/state-directory.ts';
import type { FakeServer } from './test/fake-server.ts';
import {
  bundleProgram,
  enrolledFiles,
  linesIn,
  startAgentProcess,
  startServer,
  temporaryDirectory,
} from './test/test-agent.ts';
import { type JobParts, testJob } from './test/test-ids.ts';

let program: string;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'deployx-agent-program-'));
  program = await bundleProgram('test/agent-process.ts', directory);
  return () => rmSync(directory, { recursive: true, force: true });
});

type Scene = { server: FakeServer; files: StateFiles; marks: string; go: string; job: (parts?: JobParts) => Job };

const scene = async (): Promise<Scene> => {
  const server = await startServer();
  const files = await enrolledFiles(server);
  const folder = temporaryDirectory();
  const [marks, go] = [join(folder, 'marks'), join(folder, 'go')];
  const command = `mark ${marks}\nprint before\nwait ${go}\nprint after`;
  return { server, files, marks, go, job: (parts = {}) => testJob({ command, ...parts }) };
};

const connected = (server: FakeServer, count: number): Promise<void> =>
  server.until('hello', () => server.connections.length === count && server.connection.hellos.length > 0);
const held = (files: StateFiles): Promise<void> =>
  expect.poll(() => existsSync(join(files.directory, 'held')), { interval: 5 }).toBe(true);
const result = (server: FakeServer): Promise<void> =>
  server.until('the result', () => server.frames('job.result').length > 0);
/** What is only noted is in the file a moment after it is known, and a kill in between would undo it. */
const acknowledged = (files: StateFiles): Promise<void> =>
  expect.poll(async () => (await readJournal(files.journal)).state.live.size, { interval: 5 }).toBe(0);
const roundTrip = async (server: FakeServer): Promise<void> => {
  const before = server.connection.hellos.length;
  server.connection.send({ type: 'state.request' });
  await server.until('a round trip', () => server.connection.hellos.length > before);
};

describe('SIGKILL', () => {
  test('JOB2 before the offer is handled: the job is offered again and runs once', async () => {
    const { server, files, marks, go, job } = await scene();
    const first = startAgentProcess(program, files);
    await connected(server, 1);
    first.child.kill('SIGSTOP');
    const offered = server.offer(job());
    await first.kill('SIGKILL');
    writeFileSync(go, '');
    startAgentProcess(program, files);
    await result(server);
    expect(server.frames('job.result')).toMatchObject([{ outcome: 'completed', log_end: 13 }]);
    expect(server.logs.text(offered.target_id)).toBe('before\nafter\n');
    expect(linesIn(marks)).toBe(1);
  });

  test('JOB1 JOB4 while the start is written, before the acceptance: it may have run, so it is not run', async () => {
    const { server, files, marks, job } = await scene();
    const first = startAgentProcess(program, files, 'sync:1');
    await connected(server, 1);
    server.offer(job());
    await held(files);
    await first.kill('SIGKILL');
    expect(server.frames('job.accepted')).toEqual([]);
    startAgentProcess(program, files);
    await result(server);
    expect(server.frames('job.result')).toMatchObject([{ outcome: 'failed', reason: 'interrupted' }]);
    await roundTrip(server);
    expect(linesIn(marks)).toBe(0);
    expect(server.frames('job.result')).toHaveLength(1);
  });

  test('JOB4 LOG7 while it runs: it ends interrupted, with all that it had written in its log', async () => {
    const { server, files, marks, job } = await scene();
    const first = startAgentProcess(program, files);
    await connected(server, 1);
    const offered = server.offer(job());
    await server.until('output', () => server.logs.end(offered.target_id) > 0);
    await first.kill('SIGKILL');
    startAgentProcess(program, files);
    await result(server);
    expect(server.connection.hellos[0]?.jobs).toMatchObject([{ target_id: offered.target_id }]);
    expect(server.frames('job.result')).toMatchObject([{ outcome: 'failed', reason: 'interrupted' }]);
    expect(server.logs.text(offered.target_id)).toBe('before\ninterrupted: the agent ended while this job ran\n');
    expect(server.frames('job.result')[0]?.log_end).toBe(server.logs.end(offered.target_id));
    expect(linesIn(marks)).toBe(1);
  });

  test('JOB4 while an idempotent job runs: it is run again, and its log goes on', async () => {
    const { server, files, marks, go, job } = await scene();
    const first = startAgentProcess(program, files);
    await connected(server, 1);
    const offered = server.offer(job({ idempotent: true, log_offset: 0 }));
    await server.until('output', () => server.logs.end(offered.target_id) > 0);
    await first.kill('SIGKILL');
    writeFileSync(go, '');
    startAgentProcess(program, files);
    await result(server);
    expect(server.frames('job.result')).toMatchObject([{ outcome: 'completed' }]);
    expect(server.logs.text(offered.target_id)).toBe(
      'before\ninterrupted: the agent ended while this job ran; it is run again\nbefore\nafter\n',
    );
    expect(server.logs.gaps).toBe(0);
    expect(linesIn(marks)).toBe(2);
  });

  test('JOB4 a job that takes the agent down each time is not run for ever', async () => {
    const { server, files, marks, job } = await scene();
    for (let run = 1; run <= 3; run++) {
      const agent = startAgentProcess(program, files);
      await connected(server, run);
      if (run === 1) server.offer(job({ idempotent: true }));
      await expect.poll(() => linesIn(marks), { interval: 5, timeout: 4000 }).toBe(run);
      await agent.kill('SIGKILL');
    }
    startAgentProcess(program, files);
    await result(server);
    expect(server.frames('job.result')).toMatchObject([{ outcome: 'failed', reason: 'interrupted' }]);
    expect(linesIn(marks)).toBe(3);
  }, 15_000);

  test('JOB6 while the result is written: it is not told before, and told once after', async () => {
    const { server, files, marks, go, job } = await scene();
    const first = startAgentProcess(program, files, 'sync:2');
    await connected(server, 1);
    const offered = server.offer(job());
    writeFileSync(go, '');
    await held(files);
    await first.kill('SIGKILL');
    expect(server.frames('job.result')).toEqual([]);
    startAgentProcess(program, files);
    await result(server);
    expect(server.frames('job.result')).toMatchObject([{ outcome: 'completed' }]);
    expect(server.logs.text(offered.target_id)).toBe('before\nafter\n');
    expect(linesIn(marks)).toBe(1);
  });

  test('JOB6 before the result is acknowledged: it is told again, the same', async () => {
    const { server, files, marks, go, job } = await scene();
    server.acknowledgesResults = false;
    server.acknowledgesLogs = false;
    const first = startAgentProcess(program, files);
    await connected(server, 1);
    const offered = server.offer(job());
    writeFileSync(go, '');
    await result(server);
    await first.kill('SIGKILL');
    server.acknowledgesResults = true;
    server.acknowledgesLogs = true;
    startAgentProcess(program, files);
    await server.until('the result again', () => server.frames('job.result').length === 2);
    expect(server.frames('job.result')[1]).toEqual(server.frames('job.result')[0]);
    expect(server.logs.text(offered.target_id)).toBe('before\nafter\n');
    expect(linesIn(marks)).toBe(1);
  });

  test('JOB3 after the result is acknowledged: an old offer is answered with the result, not run', async () => {
    const { server, files, marks, go, job } = await scene();
    const first = startAgentProcess(program, files);
    await connected(server, 1);
    const offered = server.offer(job());
    writeFileSync(go, '');
    await result(server);
    await acknowledged(files);
    await first.kill('SIGKILL');
    startAgentProcess(program, files);
    await connected(server, 2);
    expect(server.connection.hellos[0]?.jobs).toEqual([]);
    server.connection.send({ type: 'job.offer', job: offered });
    await server.until('the result again', () => server.frames('job.result').length === 2);
    expect(server.frames('job.result')[1]).toEqual(server.frames('job.result')[0]);
    expect(linesIn(marks)).toBe(1);
  });

  test('a job that was accepted and not started runs after the restart, unless the server cancels it first', async () => {
    const { server, files, marks, go, job } = await scene();
    const first = startAgentProcess(program, files);
    await connected(server, 1);
    server.offer(job());
    const [second, third] = [server.offer(job()), server.offer(job())];
    await server.until('all accepted', () => server.frames('job.accepted').length === 3);
    await first.kill('SIGKILL');
    writeFileSync(go, '');
    server.onHello = (connection) => {
      connection.welcome();
      connection.send({ type: 'job.cancel', target_id: third.target_id, attempt: 1, reason: 'canceled' });
    };
    startAgentProcess(program, files);
    await server.until('three results', () => server.frames('job.result').length === 3);
    const outcomes = Object.fromEntries(server.frames('job.result').map((frame) => [frame.target_id, frame.outcome]));
    expect(outcomes[second.target_id]).toBe('completed');
    expect(outcomes[third.target_id]).toBe('canceled');
    expect(linesIn(marks)).toBe(2);
  });
});

describe("SIGKILL and the host's log", () => {
  const texts = (files: StateFiles): string[] =>
    existsSync(files.hostLog)
      ? readFileSync(files.hostLog, 'utf8')
          .split('\n')
          .map((line) => line.slice(27))
      : [];

  test.each(['host-log:1', 'host-log:2'])(
    'HLOG3 while lines are written (%s): each is in the file once, and whole',
    async (hold) => {
      const { server, files } = await scene();
      const first = startAgentProcess(program, files, hold);
      await connected(server, 1);
      for (let count = 1; count <= 20; count++) server.tell(`line ${count}`);
      await held(files);
      server.tell('line 21');
      await first.kill('SIGKILL');
      server.tell('line 22');
      startAgentProcess(program, files);
      await connected(server, 2);
      server.tell('line 23');
      const expected = Array.from({ length: 23 }, (_, index) => `line ${index + 1}`);
      await expect.poll(() => texts(files), { interval: 5, timeout: 4000 }).toEqual([...expected, '']);
    },
  );

  test('HLOG3 at any moment, again and again: each is in the file once, in order', async () => {
    const { server, files } = await scene();
    let count = 0;
    for (let life = 1; life <= 5; life++) {
      const agent = startAgentProcess(program, files);
      await connected(server, life);
      const until = count + 20 * life;
      while (count < until) {
        count += 1;
        server.tell(`line ${count}`);
        if (count % 3 === 0) await setImmediate();
      }
      await agent.kill('SIGKILL');
    }
    startAgentProcess(program, files);
    const expected = Array.from({ length: count }, (_, index) => `line ${index + 1}`);
    await expect.poll(() => texts(files), { interval: 5, timeout: 4000 }).toEqual([...expected, '']);
  }, 15_000);
});

test('SIGTERM ends an idle agent at once, with a close of 1000', async () => {
  const { server, files } = await scene();
  const agent = startAgentProcess(program, files);
  await connected(server, 1);
  await agent.kill('SIGTERM');
  expect(agent.child.exitCode).toBe(0);
  await server.until('closed', () => !server.connection.open);
  expect(server.connection.closed?.code).toBe(1000);
});

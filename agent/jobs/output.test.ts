/** A job's output on its whole way, over a real socket. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MAX_UNACKED_LOG_BYTES } from '#protocol/limits.ts';
import type { ActionContext } from '../actions/action.ts';
import type { FakeServer } from '../test/fake-server.ts';
import { outcome } from '../test/scripted-action.ts';
import { connectedAgent, enrolledFiles, startAgent, startServer, temporaryDirectory } from '../test/test-agent.ts';
import { testJob } from '../test/test-ids.ts';

const result = (server: FakeServer, count = 1): Promise<void> =>
  server.until('the result', () => server.frames('job.result').length === count, 10_000);
const numbered = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

test('LOG1 LOG7 fifty thousand lines arrive whole and in order, before the result', async () => {
  const { server } = await connectedAgent();
  const job = server.offer(testJob({ command: 'lines 50000' }));
  await result(server);
  expect(server.logs.text(job.target_id)).toBe(numbered(50_000));
  expect(server.frames('job.result')[0]?.log_end).toBe(server.logs.end(job.target_id));
  expect(server.connection.frames.at(-1)?.type).toBe('job.result');
  expect(server.logs.gaps + server.logs.repeats).toBe(0);
});

test('LOG1 a retry goes on in the log of its target', async () => {
  const { server } = await connectedAgent();
  const { target_id } = testJob();
  server.logs.set(target_id, 'first attempt\n');
  server.offer({ ...testJob({ command: 'print second' }), target_id, attempt: 2, log_offset: 14 });
  await result(server);
  expect(server.logs.text(target_id)).toBe('first attempt\nsecond\n');
  expect(server.frames('job.result')[0]).toMatchObject({ attempt: 2, log_end: 21 });
});

test('LOG4 connections that break again and again cost no byte and double none', async () => {
  const { server } = await connectedAgent();
  const job = server.offer(testJob({ command: 'lines 200000' }));
  for (let connections = 1; connections < 5; connections++) {
    await server.until(
      'a part of it',
      () => server.connection.frames.filter(({ type }) => type === 'job.log').length > 4,
    );
    server.drop();
    await server.until('the next connection', () => server.connections.length > connections);
  }
  await result(server);
  expect(server.logs.text(job.target_id)).toBe(numbered(200_000));
  expect(server.logs.gaps).toBe(0);
});

test('LOG5 no more than the window is sent while nothing is acknowledged, and the result waits', async () => {
  const { server } = await connectedAgent();
  server.acknowledgesLogs = false;
  const job = server.offer(testJob({ command: 'lines 200000' }));
  await server.until('a full window', () => server.logs.end(job.target_id) > MAX_UNACKED_LOG_BYTES - 65_536);
  server.connection.send({ type: 'state.request' });
  await server.until('a round trip', () => server.connection.hellos.length === 2);
  expect(server.logs.end(job.target_id)).toBeLessThanOrEqual(MAX_UNACKED_LOG_BYTES);
  expect(server.frames('job.result')).toEqual([]);
  server.acknowledgesLogs = true;
  server.connection.send({ type: 'log.ack', target_id: job.target_id, offset: server.logs.end(job.target_id) });
  await result(server);
  expect(server.logs.text(job.target_id)).toBe(numbered(200_000));
});

test('LOG5 a server that does not read fills no memory', async () => {
  const server = await startServer();
  const files = await enrolledFiles(server);
  const agent = await startAgent(files);
  await server.until('hello', () => server.connections.length === 1);
  const folder = temporaryDirectory();
  const jobs = ['a', 'b', 'c', 'd'].map((device_key) =>
    server.offer(testJob({ device_key, command: `lines 150000\nwait ${join(folder, 'go')}` })),
  );
  await server.until('all running', () => server.frames('job.progress').length === 4);
  server.connection.pause();
  await expect.poll(() => agent.lines.length, { timeout: 300 }).toBeGreaterThan(0);
  const before = process.memoryUsage().arrayBuffers;
  writeFileSync(join(folder, 'go'), '');
  server.connection.resume();
  await result(server, 4);
  expect(before).toBeLessThan(64 * 1024 * 1024);
  for (const job of jobs) expect(server.logs.text(job.target_id)).toBe(numbered(150_000));
});

test('LOG6 output above the bound is cut, with lines that say so and how much it was', async () => {
  const server = await startServer();
  const files = await enrolledFiles(server);
  const agent = await startAgent(files);
  await server.until('hello', () => server.connections.length === 1);
  const [hostId] = server.hosts.keys();
  const settings = { server: server.url, host_id: hostId, policy: { max_output_bytes: 5000 } };
  writeFileSync(files.agentFile, JSON.stringify(settings));
  await agent.logged('settings.changed');
  const job = server.offer(testJob({ command: 'lines 5000\nprint more' }));
  await result(server);
  const pieces = server.logs.pieces(job.target_id);
  expect(pieces.map((piece) => piece.stream)).toEqual(['stdout', 'system']);
  expect(pieces[0]?.text).toBe(numbered(5000).slice(0, 5000));
  const left = numbered(5000).length + 'more\n'.length - 5000;
  expect(pieces[1]?.text).toBe(
    `Output above 5000 bytes is left out (max_output_bytes in this host's policy)\n${left} bytes of output were left out\n`,
  );
  expect(server.frames('job.result')[0]).toMatchObject({
    outcome: 'completed',
    log_end: server.logs.end(job.target_id),
  });
});

test('output shows while the job still runs', async () => {
  const { server } = await connectedAgent();
  const job = server.offer(testJob({ command: 'print one\nwait /nowhere' }));
  await server.until('the first line', () => server.logs.text(job.target_id) === 'one\n');
  expect(server.frames('job.result')).toEqual([]);
});

test('output after the end is no part of the log', async () => {
  let late: ActionContext['output'] | null = null;
  const { server } = await connectedAgent({
    runAction: async ({ output }) => {
      late = output;
      output('stdout', 'in time\n');
      return outcome();
    },
  });
  const job = server.offer(testJob());
  await result(server);
  const write: unknown = late;
  if (typeof write === 'function') write('stdout', 'too late\n');
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(server.logs.text(job.target_id)).toBe('in time\n');
});

test('JOB10 progress comes at intervals, a new status at once, and never backwards', async () => {
  const { server } = await connectedAgent({
    runAction: async ({ progress }) => {
      for (let percent = 0; percent <= 100; percent++) progress('downloading', percent, null);
      progress('installing', null, 'unpacking');
      progress('downloading', 100, 'late');
      progress('verifying', null, null);
      return outcome();
    },
  });
  server.offer(testJob());
  await result(server);
  expect(server.frames('job.progress').map(({ status, percent, message }) => [status, percent, message])).toEqual([
    ['downloading', 0, null],
    ['installing', null, 'unpacking'],
    ['verifying', null, null],
  ]);
});

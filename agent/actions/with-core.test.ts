/** The real actions under the real core, over a real connection: what neither shows alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FilesJob, Job } from '#protocol/agent/job.ts';
import { HealthCheck } from '#protocol/health-check.ts';
import type { FakeServer } from '../test/fake-server.ts';
import { connectedAgent, enrolledFiles, startAgent, startServer, temporaryDirectory } from '../test/test-agent.ts';
import { testJob } from '../test/test-ids.ts';
import { endJobProcesses } from './process/marker.ts';
import { runAction } from './run-action.ts';
import { isAlive, storedFile } from './test/make-run.ts';

const resultOf = async (server: FakeServer, job: Job) => {
  const find = () => server.frames('job.result').find((frame) => frame.target_id === job.target_id);
  await server.until(`the result of ${job.target_id}`, () => find() !== undefined, 15_000);
  return find();
};

const perform = async (server: FakeServer, job: Job) => resultOf(server, server.offer(job));

const pidIn = (path: string): number | null => {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.endsWith('\n') ? Number(text) : null;
};

describe('actions under the core', () => {
  test('LOG5 LOG7 50,000 lines arrive whole, before their result', async () => {
    const { server } = await connectedAgent({ runAction });
    const job = testJob({ command: 'seq 1 50000' });
    const result = await perform(server, job);
    const expected = `${Array.from({ length: 50_000 }, (_, index) => index + 1).join('\n')}\n`;
    expect(result).toMatchObject({ outcome: 'completed', exit_code: 0, log_end: expected.length });
    expect(server.logs.text(job.target_id)).toBe(expected);
  });

  test('JOB9 the time limit ends a command', async () => {
    const { server } = await connectedAgent({ runAction });
    const result = await perform(server, testJob({ command: 'sleep 300', timeout_seconds: 1 }));
    expect(result).toMatchObject({ outcome: 'failed', reason: 'timed_out' });
  });

  test('JOB8 a cancel ends a command and what it started', async () => {
    const { server } = await connectedAgent({ runAction });
    const path = join(temporaryDirectory(), 'pid');
    const job = server.offer(testJob({ command: `sleep 300 & echo $! >${path}; wait` }));
    await expect.poll(() => pidIn(path), { interval: 5 }).not.toBeNull();
    server.connection.send({ type: 'job.cancel', target_id: job.target_id, attempt: 1, reason: 'canceled' });
    expect(await resultOf(server, job)).toMatchObject({ outcome: 'canceled' });
    expect(isAlive(pidIn(path) ?? 0)).toBe(false);
  });

  test('HC1 a job is verifying until its device is healthy, and then completed', async () => {
    const { server } = await connectedAgent({ runAction });
    const path = join(temporaryDirectory(), 'healthy');
    const check = { type: 'command', command: `test -e ${path}`, interval_seconds: 0, retries: 1000 };
    const job = server.offer({ ...testJob({ command: 'true' }), health_check: HealthCheck.parse(check) });
    await server.until('verifying', () => server.frames('job.progress').some((frame) => frame.status === 'verifying'));
    expect(server.frames('job.result')).toEqual([]);
    writeFileSync(path, '');
    expect(await resultOf(server, job)).toMatchObject({
      outcome: 'completed',
      message: expect.stringMatching(/; healthy after \d+ tr/),
      undo: null,
    });
  });

  test('HC1 UNDO4 a file that makes its device unhealthy fails, and can be taken back', async () => {
    const { server } = await connectedAgent({ runAction });
    const content = Buffer.from('port = 1');
    const file = storedFile('app.conf', content.length, createHash('sha256').update(content).digest('hex'));
    server.files.set(file.file_id, content);
    const destination = join(temporaryDirectory(), 'app.conf');
    const action: FilesJob = { kind: 'files', file, destination, into_directory: false, mode: null, overwrite: true };
    const health_check = HealthCheck.parse({ type: 'tcp', port: 1, retries: 0 });
    const job = { ...testJob(), action, health_check };
    expect(await perform(server, job)).toMatchObject({
      outcome: 'failed',
      reason: 'unhealthy',
      undo: { possible: true, text: `removes ${destination}, which was not there before` },
    });
    expect(existsSync(destination)).toBe(true);
    const undo: Job = { ...testJob(), action: { kind: 'undo', action }, undoes: job.target_id };
    expect(await perform(server, undo)).toMatchObject({ outcome: 'completed', undo: null });
    expect(existsSync(destination)).toBe(false);
  });

  test('FILE1 FILE3 a file of the server is fetched with proof and put in place', async () => {
    const { server } = await connectedAgent({ runAction });
    const content = randomBytes(2_000_000);
    const file = storedFile('a.bin', content.length, createHash('sha256').update(content).digest('hex'));
    server.files.set(file.file_id, content);
    const destination = join(temporaryDirectory(), 'in/a.bin');
    const action = { kind: 'files', file, destination, into_directory: false, mode: '0600', overwrite: true } as const;
    expect(await perform(server, { ...testJob(), action })).toMatchObject({ outcome: 'completed', reason: 'ok' });
    expect(readFileSync(destination).equals(content)).toBe(true);
    expect(server.frames('job.progress').map((frame) => frame.status)).toContain('downloading');
  });
});

/** The agent as it is shipped, for it to be killed. */
const startShippedAgent = async (directory: string, stateDirectory: string): Promise<ChildProcess> => {
  const outfile = join(directory, 'agent.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../main.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: "import { createRequire as __c } from 'node:module';\nconst require = __c(import.meta.url);" },
    external: ['bufferutil', 'utf-8-validate'],
  });
  const child = spawn(process.execPath, [outfile, 'run', '--state-dir', stateDirectory], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
};

test('JOB4 what a killed agent left running is ended before its job is reported', async () => {
  const folder = temporaryDirectory();
  const server = await startServer();
  const files = await enrolledFiles(server);
  const shipped = await startShippedAgent(folder, files.directory);
  await server.until('hello', () => (server.connections.at(-1)?.hellos.length ?? 0) > 0, 15_000);
  const [main, away] = [join(folder, 'main'), join(folder, 'away')];
  const command = `setsid sh -c 'echo $$ >${away}; exec sleep 300' & echo $$ >${main}; sleep 300`;
  const job = server.offer(testJob({ command }));
  const alive = () => [main, away].map((path) => isAlive(pidIn(path) ?? 0));
  await expect.poll(alive, { interval: 5, timeout: 10_000 }).toEqual([true, true]);
  shipped.kill('SIGKILL');
  await once(shipped, 'exit');
  expect(alive()).toEqual([true, true]);
  await startAgent(files, { runAction, endLeftovers: endJobProcesses });
  expect(await resultOf(server, job)).toMatchObject({ outcome: 'failed', reason: 'interrupted' });
  expect(alive()).toEqual([false, false]);
}, 40_000);

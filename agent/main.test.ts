/** The command line as a person types it: the shipped bundle, as a process of its own, with real actions. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { bundleProgram, startServer, temporaryDirectory } from './test/test-agent.ts';
import { testJob } from './test/test-ids.ts';

let program: string;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'deployx-agent-main-'));
  program = await bundleProgram('main.ts', directory);
  return () => rmSync(directory, { recursive: true, force: true });
});

/** Not synchronous: the server that it talks to is in this process. */
const agent = async (...args: string[]): Promise<{ code: number | null; out: string; error: string }> => {
  const child = spawn(process.execPath, [program, ...args]);
  const text = { out: '', error: '' };
  child.stdout.on('data', (data) => (text.out += data));
  child.stderr.on('data', (data) => (text.error += data));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...text };
};

test('an agent enrolls, runs a command, tells its status, keeps a second one out and stops', async () => {
  const server = await startServer();
  const state = temporaryDirectory();
  const place = ['--state-dir', state];

  expect(await agent('run', ...place)).toMatchObject({
    code: 1,
    error: expect.stringContaining('deployx-agent enroll --server'),
  });
  expect(await agent('enroll', '--server', server.url, '--token', 'token', '--name', 'lab 7', ...place)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Enrolled as lab 7 \(host_/),
  });
  expect(await agent('status', ...place)).toMatchObject({ code: 3, out: expect.stringContaining('not running') });

  const running = spawn(process.execPath, [program, 'run', ...place], { stdio: 'ignore' });
  onTestFinished(() => void running.kill('SIGKILL'));
  await server.until('hello', () => server.connections.at(-1)?.hellos.length === 1);
  const job = server.offer(testJob({ command: 'echo "from $0"; exit 3' }));
  await server.until('the result', () => server.frames('job.result').length === 1);
  expect(server.frames('job.result')[0]).toMatchObject({ outcome: 'failed', reason: 'exit_code', exit_code: 3 });
  expect(server.logs.text(job.target_id)).toMatch(/^from /);

  const status = await agent('status', '--json', ...place);
  expect(status.code).toBe(0);
  expect(JSON.parse(status.out)).toMatchObject({
    running: true,
    pid: running.pid,
    connection: 'connected',
    jobs: { accepted: 0, started: 0, finished: 0 },
    host_log: join(state, 'deployments.log'),
  });
  expect((await agent('status', ...place)).out).toContain(`host log   ${join(state, 'deployments.log')}\n`);
  expect(await agent('run', ...place)).toMatchObject({ code: 1, error: expect.stringContaining(`pid ${running.pid}`) });

  const ended = new Promise((resolve) => running.once('exit', resolve));
  running.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(JSON.parse((await agent('status', '--json', ...place)).out)).toMatchObject({
    running: false,
    connection: 'stopped',
  });
}, 20_000);

/** An enrolled agent with its output as a service manager sees it. */
const started = async () => {
  const server = await startServer();
  const state = temporaryDirectory();
  await agent('enroll', '--server', server.url, '--token', 'token', '--state-dir', state);
  const running = spawn(process.execPath, [program, 'run', '--state-dir', state], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void running.kill('SIGKILL'));
  const text = { out: '', error: '' };
  running.stdout.on('data', (data) => (text.out += data));
  running.stderr.on('data', (data) => (text.error += data));
  await server.until('hello', () => server.connections.at(-1)?.hellos.length === 1);
  const file = (): string => readFileSync(join(state, 'deployments.log'), 'utf8');
  return { server, running, text, file };
};

test('HLOG3 lines of the host are on standard output, the log of the agent is on standard error', async () => {
  const { server, text, file } = await started();
  server.tell('⚡ TRIGGERED: nightly');
  const line = '2026-11-28 14:10:00 [INFO] ⚡ TRIGGERED: nightly\n';
  await expect.poll(() => text.out, { timeout: 4000 }).toBe(line);
  await expect.poll(file).toBe(line);
  for (const own of text.error.trimEnd().split('\n')) expect(JSON.parse(own)).toHaveProperty('event');
}, 20_000);

test('HLOG6 an agent whose console is closed goes on, and its file with it', async () => {
  const { server, running, file } = await started();
  running.stdout.destroy();
  running.stderr.destroy();
  for (const text of ['one', 'two', 'three']) {
    server.tell(text);
    await expect.poll(file, { timeout: 4000 }).toContain(`[INFO] ${text}\n`);
  }
  server.offer(testJob());
  await server.until('the result', () => server.frames('job.result').length === 1);
  expect(running.exitCode).toBeNull();
}, 20_000);

test('--version, --help and a mistake', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  expect(run('--version')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('deployx-agent enroll') });
  expect(run('explode')).toMatchObject({
    status: 2,
    stderr: 'deployx-agent: unknown command: explode (see deployx-agent --help)\n',
  });
});

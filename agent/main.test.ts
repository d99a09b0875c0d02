/** The command line as a person types it: the shipped bundle, as a process of its own, with real actions. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
  });
  expect(await agent('run', ...place)).toMatchObject({ code: 1, error: expect.stringContaining(`pid ${running.pid}`) });

  const ended = new Promise((resolve) => running.once('exit', resolve));
  running.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(JSON.parse((await agent('status', '--json', ...place)).out)).toMatchObject({
    running: false,
    connection: 'stopped',
  });
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

/**
 * A real agent, killed around the moments at which it keeps something: a file that it replaces is old or new and can be
 * taken back either way, and a package that was downloaded is whole or not there.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FilesJob, Job, SoftwareJob } from '#protocol/agent/job.ts';
import { newId } from '#protocol/ids.ts';
import type { StateFiles } from './state/state-directory.ts';
import type { FakeServer } from './test/fake-server.ts';
import {
  type AgentProcess,
  bundleProgram,
  enrolledFiles,
  startAgentProcess,
  startServer,
  temporaryDirectory,
} from './test/test-agent.ts';
import { testIds, testJob } from './test/test-ids.ts';

let program: string;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'deployx-agent-program-'));
  program = await bundleProgram('test/agent-process.ts', directory);
  return () => rmSync(directory, { recursive: true, force: true });
});

const NEW = 'new content\n'.repeat(1000);

type Scene = { server: FakeServer; files: StateFiles; target: string; action: FilesJob };

const scene = async (): Promise<Scene> => {
  const server = await startServer();
  const files = await enrolledFiles(server);
  const target = join(temporaryDirectory(), 'app.conf');
  writeFileSync(target, 'old');
  const file_id = newId('file', testIds);
  server.files.set(file_id, Buffer.from(NEW));
  const sha256 = createHash('sha256').update(NEW).digest('hex');
  const file = { file_id, filename: 'app.conf', size: NEW.length, sha256 };
  const action: FilesJob = {
    kind: 'files',
    file,
    destination: target,
    into_directory: false,
    mode: null,
    overwrite: true,
  };
  return { server, files, target, action };
};

const resultsOf = (server: FakeServer, job: Job) =>
  server.frames('job.result').filter((frame) => frame.target_id === job.target_id);
const resultOf = async (server: FakeServer, job: Job) => {
  await server.until('a result', () => resultsOf(server, job).length > 0, 10_000);
  return resultsOf(server, job)[0];
};
const connected = (server: FakeServer, count: number): Promise<void> =>
  server.until('hello', () => server.connections.length === count && server.connection.hellos.length > 0);
const held = (files: StateFiles): Promise<void> =>
  expect.poll(() => existsSync(join(files.directory, 'held')), { interval: 5, timeout: 5000 }).toBe(true);

const offer = ({ server, action }: Scene, parts: Partial<Job> = {}): Job =>
  server.offer({ ...testJob(), action, ...parts });
const offerUndo = ({ server, action }: Scene, undone: Job): Job =>
  server.offer({ ...testJob(), action: { kind: 'undo', action }, undoes: undone.target_id });

const killAt = async (at: Scene, hold: string, parts: Partial<Job> = {}): Promise<Job> => {
  const agent = startAgentProcess(program, at.files, hold);
  await connected(at.server, 1);
  const job = offer(at, parts);
  await held(at.files);
  await agent.kill('SIGKILL');
  return job;
};

const restores = (target: string) => ({ possible: true, text: `restores ${target} as it was (3 bytes)` });

describe('SIGKILL', () => {
  test('UNDO1 between the backup and the replacement: the old file stands, and the undo finds it as it was', async () => {
    const at = await scene();
    const job = await killAt(at, 'status:verifying');
    expect(readFileSync(at.target, 'utf8')).toBe('old');
    startAgentProcess(program, at.files);
    expect(await resultOf(at.server, job)).toMatchObject({ reason: 'interrupted', undo: restores(at.target) });
    expect(await resultOf(at.server, offerUndo(at, job))).toMatchObject({
      outcome: 'completed',
      message: `${at.target} is as it was before`,
      undo: null,
    });
    expect(readFileSync(at.target, 'utf8')).toBe('old');
  }, 20_000);

  test('UNDO1 after the replacement, before the result: the new file stands, and the undo brings the old one', async () => {
    const at = await scene();
    const job = await killAt(at, 'done');
    expect(readFileSync(at.target, 'utf8')).toBe(NEW);
    startAgentProcess(program, at.files);
    expect(await resultOf(at.server, job)).toMatchObject({ reason: 'interrupted', undo: restores(at.target) });
    expect(await resultOf(at.server, offerUndo(at, job))).toMatchObject({ outcome: 'completed', reason: 'ok' });
    expect(readFileSync(at.target, 'utf8')).toBe('old');
  }, 20_000);

  test('UNDO1 after the replacement of a job that is run again: the backup is still of what the first run found', async () => {
    const at = await scene();
    const job = await killAt(at, 'done', { idempotent: true });
    startAgentProcess(program, at.files);
    expect(await resultOf(at.server, job)).toMatchObject({ outcome: 'completed', undo: restores(at.target) });
    expect(await resultOf(at.server, offerUndo(at, job))).toMatchObject({ outcome: 'completed' });
    expect(readFileSync(at.target, 'utf8')).toBe('old');
  }, 20_000);

  test('UNDO2 in the middle of an undo: the next one finishes it', async () => {
    const at = await scene();
    const first = startAgentProcess(program, at.files);
    await connected(at.server, 1);
    const job = offer(at);
    await resultOf(at.server, job);
    await first.kill('SIGTERM');
    const second = startAgentProcess(program, at.files, 'status:verifying');
    await connected(at.server, 2);
    const undo = offerUndo(at, job);
    await held(at.files);
    await second.kill('SIGKILL');
    expect(readFileSync(at.target, 'utf8')).toBe(NEW);
    startAgentProcess(program, at.files);
    expect(await resultOf(at.server, undo)).toMatchObject({ reason: 'interrupted' });
    expect(await resultOf(at.server, offerUndo(at, job))).toMatchObject({ outcome: 'completed' });
    expect(readFileSync(at.target, 'utf8')).toBe('old');
  }, 20_000);

  test('UNDO1 at any moment: the file is old or new, what is offered is right, and the undo brings the old one', async () => {
    const at = await scene();
    for (let round = 0; round < 6; round++) {
      writeFileSync(at.target, 'old');
      const agent: AgentProcess = startAgentProcess(program, at.files);
      await connected(at.server, round * 2 + 1);
      const job = offer(at);
      await at.server.until('the start', () =>
        at.server.frames('job.accepted').some((frame) => frame.target_id === job.target_id),
      );
      // A moment within the few milliseconds that the job takes: which one does not matter, all must hold.
      await sleep(round * 2);
      await agent.kill('SIGKILL');
      expect(['old', NEW]).toContain(readFileSync(at.target, 'utf8'));
      const next = startAgentProcess(program, at.files);
      const result = await resultOf(at.server, job);
      const replaced = readFileSync(at.target, 'utf8') === NEW;
      if (replaced) expect(result?.undo).toEqual(restores(at.target));
      const undo = await resultOf(at.server, offerUndo(at, job));
      expect(replaced ? undo : { outcome: 'completed' }).toMatchObject({ outcome: 'completed' });
      expect(readFileSync(at.target, 'utf8')).toBe('old');
      await next.kill('SIGTERM');
    }
  }, 60_000);
});

test('FILE4 a package that was downloaded when the agent was killed is not downloaded again', async () => {
  const at = await scene();
  const script = Buffer.from('echo installed\n');
  const { file } = at.action;
  at.server.files.set(file.file_id, script);
  const sha256 = createHash('sha256').update(script).digest('hex');
  const action: SoftwareJob = {
    kind: 'software',
    operation: 'install',
    name: 'demo',
    version: null,
    package_type: 'sh',
    source: { type: 'file', file: { ...file, filename: 'demo.sh', size: script.length, sha256 } },
    install_args: [],
    uninstall_command: null,
    rollback_command: null,
  };
  const killed = startAgentProcess(program, at.files, 'status:installing');
  await connected(at.server, 1);
  const first = at.server.offer({ ...testJob(), action });
  await held(at.files);
  await killed.kill('SIGKILL');
  startAgentProcess(program, at.files);
  expect(await resultOf(at.server, first)).toMatchObject({ reason: 'interrupted' });
  const second = at.server.offer({ ...testJob(), action });
  expect(await resultOf(at.server, second)).toMatchObject({ outcome: 'completed' });
  expect(at.server.logs.text(second.target_id)).toContain('not downloaded again');
  expect(at.server.acceptedEncodings).toHaveLength(1);
}, 20_000);

test('UNDO5 backups beyond the policy’s bounds are given up after a job, and what was left half made at the start', async () => {
  const at = await scene();
  const settings = JSON.parse(readFileSync(at.files.agentFile, 'utf8'));
  writeFileSync(at.files.agentFile, JSON.stringify({ ...settings, policy: { backups: { max_count: 1 } } }));
  const broken = join(at.files.backups, 'tgt_broken');
  mkdirSync(broken, { recursive: true });
  startAgentProcess(program, at.files);
  await connected(at.server, 1);
  await expect.poll(() => existsSync(broken), { interval: 5 }).toBe(false);
  await resultOf(at.server, offer(at));
  writeFileSync(at.target, 'older');
  const second = offer(at);
  await resultOf(at.server, second);
  await expect.poll(() => readdirSync(at.files.backups), { interval: 5 }).toEqual([second.target_id]);
}, 20_000);

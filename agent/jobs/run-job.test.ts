import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defaultPolicy } from '../policy/policy.ts';
import { outcome } from '../test/scripted-action.ts';
import { temporaryDirectory } from '../test/test-agent.ts';
import { testJob } from '../test/test-ids.ts';
import { type JobRun, type RunAction, runJob } from './run-job.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

const run = (
  runAction: RunAction,
  parts: Partial<JobRun> & { timeout?: number; maxSeconds?: number } = {},
): JobRun => ({
  context: {
    job: testJob({ timeout_seconds: parts.timeout ?? 60 }),
    policy: { ...defaultPolicy, max_seconds: parts.maxSeconds ?? 3600 },
    workDirectory: join(temporaryDirectory(), 'work'),
    cacheDirectory: '/nowhere',
    backupDirectory: '/nowhere',
    output: () => undefined,
    progress: () => undefined,
    openFile: () => Promise.reject(new Error('no files here')),
    sendReport: () => Promise.reject(new Error('no reports here')),
  },
  abort: new AbortController(),
  usedMs: 0,
  runAction,
  ...parts,
});

const untilAborted: RunAction = ({ signal }) =>
  new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(outcome({ message: String(signal.reason) }))),
  );
const never: RunAction = () => new Promise(() => undefined);

test.each([
  ['JOB9 its own limit', { timeout: 60, maxSeconds: 3600 }, 60_000],
  ["JOB9 the policy's limit when that is shorter", { timeout: 60, maxSeconds: 30 }, 30_000],
  ['JOB9 what is left of it when it is run again', { timeout: 60, usedMs: 45_000 }, 15_000],
  [
    'JOB9 its own limit also when the clock was set back since it first started',
    { timeout: 60, usedMs: -3_600_000 },
    60_000,
  ],
])('ends a job at %s', async (_name, parts, limitMs) => {
  const running = runJob(run(untilAborted, parts));
  const ended = vi.fn();
  void running.then(ended);
  await vi.advanceTimersByTimeAsync(limitMs - 100);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(await running).toMatchObject({ message: 'timed_out' });
});

test('JOB9 does not start a job whose time is over already', async () => {
  const action = vi.fn(never);
  expect(await runJob(run(action, { usedMs: 61_000 }))).toMatchObject({ reason: 'timed_out' });
  expect(action).not.toHaveBeenCalled();
});

test.each([
  ['timed_out', { outcome: 'failed', reason: 'timed_out' }],
  ['canceled', { outcome: 'canceled', reason: 'canceled' }],
])('ends a job that does not react to %s', async (reason, expected) => {
  const parts = run(never);
  const running = runJob(parts);
  parts.abort.abort(reason);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await running).toMatchObject(expected);
});

test('gives the action a folder, and removes it', async () => {
  const parts = run(async ({ workDirectory }) => outcome({ message: String(existsSync(workDirectory)) }));
  expect(await runJob(parts)).toMatchObject({ message: 'true' });
  vi.useRealTimers();
  await expect.poll(() => existsSync(parts.context.workDirectory)).toBe(false);
});

import { spawn } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { keepRunning, restartDelay } from './keep-running.ts';
import { createLog } from './log.ts';

const silent = createLog('test', () => {});

test('the delay grows with each short life and stays bounded', () => {
  expect([0, 1, 2, 3, 50].map(restartDelay)).toEqual([100, 100, 200, 400, 10_000]);
});

test('a process that is killed is started again', async () => {
  const pids: (number | undefined)[] = [];
  const start = () => {
    const child = spawn('sleep', ['60']);
    pids.push(child.pid);
    if (pids.length === 1) child.kill('SIGKILL');
    return child;
  };
  const kept = keepRunning({ log: silent, start, stopGraceMs: 1000 });
  await vi.waitFor(() => expect(pids.length).toBe(2));
  await kept.stop();
});

test('a process that cannot be started is tried again and can be given up', async () => {
  let starts = 0;
  const start = () => {
    starts += 1;
    return spawn('/nowhere/to/be/found');
  };
  const kept = keepRunning({ log: silent, start, stopGraceMs: 1000 });
  await vi.waitFor(() => expect(starts).toBeGreaterThan(1));
  await kept.stop();
});

test('a process that does not end when asked is ended', async () => {
  const lines: string[] = [];
  const log = createLog('test', (line) => lines.push(line));
  const start = () => spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done']);
  const kept = keepRunning({ log, start, stopGraceMs: 50 });
  await vi.waitFor(() => expect(lines.join()).toContain('ready'));
  await kept.stop();
  expect(lines.join()).not.toContain('starting again');
});

test('a process that may finish is not started again after a good end, only after a bad one', async () => {
  const lines: string[] = [];
  const log = createLog('test', (line) => lines.push(line));
  let starts = 0;
  const start = () => {
    starts += 1;
    return spawn('sh', ['-c', `exit ${starts === 1 ? 1 : 0}`]);
  };
  const kept = keepRunning({ log, start, stopGraceMs: 1000, mayFinish: true });
  await vi.waitFor(() => expect(lines.at(-1)).toContain('ended for good'));
  expect(starts).toBe(2);
  await kept.stop();
});

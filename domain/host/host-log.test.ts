import { describe, expect, it } from 'vitest';
import { MAX_HOST_LOG_CHARACTERS } from '#protocol/limits.ts';
import { decide, type HostCommand } from './decide.ts';
import { executionLines, type HostLogEntry, logCount, logEntry, logTime } from './host-log.ts';
import type { HostJob, HostState, JobFiring } from './host-state.ts';
import { REPORT_GRACE_MS } from './limits.ts';
import {
  deploymentId,
  firedJob,
  hostState,
  job,
  offline,
  reservation,
  result,
  scheduleId,
  targetId,
} from './test-state.ts';

const at = (time: string): number => Date.parse(`2025-10-16T${time}Z`);
const NAME = 'login_test_device1';

const fire = (
  number: number,
  time: string,
  fired: Partial<JobFiring> = {},
  overrides: Partial<HostJob> = {},
): HostJob =>
  firedJob(number, { scheduledAt: at(time), ...fired }, { deploymentName: NAME, timeoutMs: 600_000, ...overrides });
const enqueue = (...jobs: HostJob[]): HostCommand => ({ type: 'enqueue', jobs });
const done = (number: number, overrides: Parameters<typeof result>[1] = {}): HostCommand => ({
  type: 'job_result',
  result: result(number, overrides),
});
const FAILED = { outcome: 'failed', reason: 'exit_code', exit_code: 3, message: 'exited with code 3' } as const;

/** What the log says of commands that come one after the other, each line with its time and level. */
const story = (first: HostState, ...steps: (readonly [string, HostCommand])[]): string[] => {
  const lines: string[] = [];
  let state = first;
  for (const [time, command] of steps) {
    const decision = decide(state, command, at(time));
    if (decision.type === 'rejected') throw new Error(decision.reason);
    const told = (entry: HostLogEntry): string => `${logTime(at(time))} [${entry.level.toUpperCase()}] ${entry.text}`;
    lines.push(...executionLines(state, decision.state).map(told));
    state = decision.state;
  }
  return lines;
};

describe('the log of a host tells', () => {
  it('an execution that runs at once', () => {
    const lines = story(hostState(), ['14:10:00', enqueue(fire(1, '14:10:00'))], ['14:12:15.200', done(1)]);
    expect(lines).toEqual([
      '2025-10-16 14:10:00 [INFO] ⚡ TRIGGERED: login_test_device1 | Time: 2025-10-16 14:10:00 UTC',
      '2025-10-16 14:10:00 [INFO] ▶️  EXECUTING: login_test_device1 | Script: test_login.py | Device: emulator-5554',
      '2025-10-16 14:12:15 [INFO] ✅ COMPLETED: login_test_device1 | Duration: 135.2s | Success: True | Executions: 16/∞',
    ]);
  });

  it('one that waits for it, and one that comes meanwhile', () => {
    const lines = story(
      hostState(),
      ['14:10:00', enqueue(fire(1, '14:10:00'))],
      ['14:11:00', enqueue(fire(2, '14:11:00'))],
      ['14:12:00', enqueue(fire(3, '14:12:00'))],
      ['14:12:15.200', done(1)],
      ['14:14:30.200', done(2)],
    );
    expect(lines).toEqual([
      '2025-10-16 14:10:00 [INFO] ⚡ TRIGGERED: login_test_device1 | Time: 2025-10-16 14:10:00 UTC',
      '2025-10-16 14:10:00 [INFO] ▶️  EXECUTING: login_test_device1 | Script: test_login.py | Device: emulator-5554',
      '2025-10-16 14:11:00 [INFO] ⚡ TRIGGERED: login_test_device1 | Time: 2025-10-16 14:11:00 UTC',
      '2025-10-16 14:11:00 [INFO] ⏳ QUEUED: login_test_device1 | Will run after current execution',
      '2025-10-16 14:12:00 [WARN] ⏭️  SKIPPED: login_test_device1 | Already queued (max 1)',
      '2025-10-16 14:12:15 [INFO] ✅ COMPLETED: login_test_device1 | Duration: 135.2s | Success: True | Executions: 16/∞',
      '2025-10-16 14:12:15 [INFO] 🔄 EXECUTING QUEUED: login_test_device1 | Queued at: 2025-10-16 14:11:00',
      '2025-10-16 14:14:30 [INFO] ✅ COMPLETED: login_test_device1 | Duration: 135.0s | Success: True | Executions: 17/∞',
    ]);
  });

  it('one that fails, and what went wrong, counted or not', () => {
    const limited = (count: JobFiring['count']) =>
      story(
        hostState(),
        ['14:10:00', enqueue(fire(1, '14:10:00', { count, counted: 3, max_executions: 20 }))],
        ['14:10:01.500', done(1, FAILED)],
      ).at(-1);
    expect(limited('runs')).toBe(
      '2025-10-16 14:10:01 [ERROR] ❌ COMPLETED: login_test_device1 | Duration: 1.5s | Success: False | Executions: 4/20 | exited with code 3',
    );
    expect(limited('successes')).toContain('| Executions: 3/20 |');
  });

  it('one that does not report in time', () => {
    const begins: HostCommand = {
      type: 'job_progress',
      progress: {
        type: 'job.progress',
        target_id: targetId(1),
        attempt: 1,
        status: 'running',
        percent: 1,
        message: null,
      },
    };
    const end = at('14:20:00') + REPORT_GRACE_MS;
    const late = new Date(end).toISOString().slice(11, 23);
    const lines = story(
      hostState(),
      ['14:10:00', enqueue(fire(1, '14:10:00'))],
      ['14:10:00', begins],
      [late, { type: 'tick' }],
    );
    expect(lines.at(-1)).toMatch(
      /❌ COMPLETED: .* \| Success: False \| .* \| no result within the time limit of 600 s$/,
    );
  });

  it('one that waits for a device on which something else runs', () => {
    const lines = story(
      hostState(),
      ['14:09:00', enqueue(job(9, { timeoutMs: 600_000 }))],
      ['14:10:00', enqueue(fire(1, '14:10:00'))],
      ['14:11:00', done(9)],
    );
    expect(lines).toEqual([
      '2025-10-16 14:10:00 [INFO] ⚡ TRIGGERED: login_test_device1 | Time: 2025-10-16 14:10:00 UTC',
      `2025-10-16 14:10:00 [INFO] ⏳ QUEUED: login_test_device1 | Waiting: device locked by ${deploymentId(1)} until 2025-10-16T14:19:30Z at the latest`,
      '2025-10-16 14:11:00 [INFO] 🔄 EXECUTING QUEUED: login_test_device1 | Queued at: 2025-10-16 14:10:00',
    ]);
  });

  it('one that is skipped because a person has the device, at once or when its turn comes', () => {
    const held = hostState({ reservations: [reservation({ expiresAt: at('15:00:00') })] });
    expect(story(held, ['14:10:00', enqueue(fire(1, '14:10:00'))])).toEqual([
      '2025-10-16 14:10:00 [WARN] ⏭️  SKIPPED: login_test_device1 | device reserved by mia until 2025-10-16T15:00:00Z',
    ]);
    const lines = story(
      hostState(),
      ['14:09:00', enqueue(job(9))],
      ['14:10:00', enqueue(fire(1, '14:10:00'))],
      ['14:10:30', { type: 'reserve', reservation: reservation({ expiresAt: at('15:00:00') }), takeOver: false }],
      ['14:11:00', done(9)],
    );
    expect(lines.at(-1)).toBe(
      '2025-10-16 14:11:00 [WARN] ⏭️  SKIPPED: login_test_device1 | device reserved by mia until 2025-10-16T15:00:00Z',
    );
  });

  it('one that is taken back while it waits', () => {
    const lines = story(
      hostState(),
      ['14:10:00', enqueue(fire(1, '14:10:00'))],
      ['14:11:00', enqueue(fire(2, '14:11:00'))],
      ['14:11:30', { type: 'withdraw', scheduleId: scheduleId(1), reason: 'Schedule paused' }],
    );
    expect(lines.at(-1)).toBe('2025-10-16 14:11:30 [WARN] ⏭️  SKIPPED: login_test_device1 | Schedule paused');
  });

  it('one that never reaches its host', () => {
    const away = hostState({ connection: offline(at('14:00:00')) });
    expect(story(away, ['14:10:00', enqueue(fire(1, '14:10:00'))])).toEqual([
      '2025-10-16 14:10:00 [INFO] ⚡ TRIGGERED: login_test_device1 | Time: 2025-10-16 14:10:00 UTC',
      '2025-10-16 14:10:00 [ERROR] ❌ NOT EXECUTED: login_test_device1 | host offline since 2025-10-16T14:00:00Z',
    ]);
  });

  it('of several items the beginning and the end, once each', () => {
    const two = enqueue(fire(1, '14:10:00'), fire(2, '14:10:00', {}, { deploymentId: deploymentId(1) }));
    const lines = story(hostState(), ['14:10:00', two], ['14:11:00', done(1, FAILED)], ['14:12:00', done(2)]);
    expect(lines).toEqual([
      '2025-10-16 14:10:00 [INFO] ⚡ TRIGGERED: login_test_device1 | Time: 2025-10-16 14:10:00 UTC',
      '2025-10-16 14:10:00 [INFO] ▶️  EXECUTING: login_test_device1 | Script: test_login.py | Device: emulator-5554',
      expect.stringContaining(
        '❌ COMPLETED: login_test_device1 | Duration: 120.0s | Success: False | Executions: 16/∞',
      ),
    ]);
  });

  it('nothing of what no schedule fired, and nothing twice', () => {
    const lines = story(
      hostState(),
      ['14:09:00', enqueue(job(9))],
      ['14:09:01', done(9)],
      ['14:10:00', enqueue(fire(1, '14:10:00'))],
      ['14:10:00', enqueue(fire(1, '14:10:00'))],
      ['14:10:01', { type: 'tick' }],
      ['14:10:02', { type: 'connected', jobs: [], attached: new Set(['self']) }],
    );
    expect(lines).toHaveLength(2);
  });

  it('a retry as part of its execution', () => {
    const lines = story(
      hostState(),
      ['14:10:00', enqueue(fire(1, '14:10:00', {}, { retriesLeft: 1 }))],
      ['14:11:00', done(1, FAILED)],
      ['14:12:00', done(1, { attempt: 2 })],
    );
    expect(lines.slice(2)).toEqual([
      '2025-10-16 14:12:00 [INFO] ✅ COMPLETED: login_test_device1 | Duration: 120.0s | Success: True | Executions: 16/∞',
    ]);
  });
});

describe('a line', () => {
  it('is one line, whatever a name or a message brings', () => {
    const bad = 'a\r\nb\u0000\u001b[31mc\u0085d\te';
    expect(logEntry('info', bad).text).toBe('a b [31mc d e');
    const lines = story(
      hostState(),
      ['14:10:00', enqueue(fire(1, '14:10:00', { what: bad, deviceName: bad }, { deploymentName: bad }))],
      ['14:11:00', done(1, { ...FAILED, message: `1\n2025-10-16 14:11:00 [INFO] ✅ COMPLETED: forged` })],
    );
    expect(lines).toHaveLength(3);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be in a line
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  });

  it('is not longer than a line may be', () => {
    expect(logEntry('error', 'x'.repeat(10_000)).text).toHaveLength(MAX_HOST_LOG_CHARACTERS);
  });

  it('counts against a limit, or against none', () => {
    expect([logCount(16, null), logCount(16, 20)]).toEqual(['16/∞', '16/20']);
  });
});

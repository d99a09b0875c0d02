/** Each invariant of schedules holds of a right snapshot, and says so when one thing in it is wrong. */
import { describe, expect, it } from 'vitest';
import { Progress } from '#protocol/http/deployments.ts';
import { LedgerEntry, ListedExecution, Schedule } from '#protocol/http/schedules.ts';
import { DeploymentId, ScheduleId } from '#protocol/ids.ts';
import { SCHEDULE_INVARIANTS } from './schedule-invariants.ts';
import type { Effect, ScheduleRecord, Snapshot } from './snapshot.ts';

const id = (prefix: string, number = 1): string => `${prefix}_${number.toString().padStart(26, '0')}`;
const at = (minute: number): string => new Date(Date.parse('2026-11-28T10:00:00Z') + minute * 60_000).toISOString();
const SCHEDULE = ScheduleId.parse(id('sch'));

const schedule = (changes: object = {}): Schedule =>
  Schedule.parse({
    id: SCHEDULE,
    name: 'chaos schedule',
    kind: 'command',
    what: 'Run true',
    action: { kind: 'command', command: 'true' },
    device_ids: [id('dev')],
    recurrence: { type: 'cron', cron_expression: '* * * * *' },
    cron_expression: '* * * * *',
    description: 'Every minute',
    status: 'stopped',
    status_reason: null,
    next_run_at: null,
    last_run_at: at(1),
    execution_count: 1,
    is_running: false,
    target_names: ['lab-1'],
    created_by: 'tester',
    created_at: at(0),
    updated_at: at(0),
    start_date: null,
    end_date: null,
    ...changes,
  });

const entry = (minute: number, changes: object = {}): LedgerEntry =>
  LedgerEntry.parse({
    schedule_id: SCHEDULE,
    scheduled_at: at(minute),
    kind: 'scheduled',
    outcome: 'completed',
    reason: null,
    deployment_id: id('dep'),
    fired_at: at(minute),
    ended_at: at(minute),
    until: null,
    ...changes,
  });

const execution = (minute: number, changes: object = {}): ListedExecution =>
  ListedExecution.parse({
    id: id('exe'),
    schedule_id: SCHEDULE,
    schedule_name: 'chaos schedule',
    kind: 'scheduled',
    device_id: id('dev'),
    device_name: 'lab-1',
    deployment_id: id('dep'),
    target_id: id('tgt'),
    scheduled_at: at(minute),
    started_at: at(minute),
    completed_at: at(minute),
    status: 'completed',
    success: true,
    skip_reason: null,
    error_message: null,
    duration_seconds: 0,
    has_report: false,
    ...changes,
  });

const deployment = (targets: object = {}, changes: object = {}): Progress =>
  Progress.parse({
    deployment_id: id('dep'),
    status: 'completed',
    total_targets: 1,
    pending: 0,
    running: 0,
    completed: 1,
    failed: 0,
    skipped: 0,
    canceled: 0,
    success_rate: 100,
    targets: [
      {
        id: id('tgt'),
        device_id: id('dev'),
        device_name: 'lab-1',
        host_id: id('host'),
        item: 'true',
        status: 'completed',
        attempt: 1,
        progress_percent: 100,
        result_message: 'exited with code 0',
        error_details: null,
        exit_code: 0,
        waiting_for: null,
        started_at: at(1),
        completed_at: at(1),
        wave: 1,
        undo: null,
        ...targets,
      },
    ],
    ...changes,
  });

/** Fired once, at the one due time between its making and its end. */
const record = (changes: Partial<ScheduleRecord> = {}): ScheduleRecord => ({
  asked: {
    name: 'chaos schedule',
    devices: [0],
    overlap: 'queue_one',
    command: 'true',
    cron: '* * * * *',
    words: [{ atMs: 0, type: 'execute' }],
  },
  id: SCHEDULE,
  from: Date.parse(at(0)) + 10_000,
  to: Date.parse(at(1)) + 10_000,
  executed: [],
  schedule: schedule(),
  ledger: [entry(1)],
  executions: [execution(1)],
  deployments: [deployment()],
  ...changes,
});

const begin = (target = 1): Effect => ({ agent: 0, event: 'begin', targetId: id('tgt', target), attempt: 1 });

const said = (changes: Partial<ScheduleRecord> = {}, effects: Effect[] = [begin()], scheduleAlarms = 0): string[] => {
  const snapshot: Snapshot = {
    deployments: [],
    names: [],
    devices: [],
    events: [],
    spooled: [],
    effects,
    schedules: [record(changes)],
    scheduleAlarms,
  };
  return SCHEDULE_INVARIANTS.flatMap(({ name, check }) => check(snapshot).map((wrong) => `${name}: ${wrong}`));
};

describe('nothing is wrong', () => {
  it('when it fired once and ran', () => expect(said()).toEqual([]));

  it('when one entry answers for all due times of a pause', () => {
    const paused = entry(1, { outcome: 'skipped', deployment_id: null, until: at(3) });
    const ledger = { ledger: [paused], executions: [], deployments: [], schedule: schedule({ execution_count: 0 }) };
    expect(said({ ...ledger, to: Date.parse(at(3)) + 10_000 }, [])).toEqual([]);
  });

  it('when a due time lies at the very edge of its life', () =>
    expect(said({ to: Date.parse(at(2)) + 500 })).toEqual([]));
});

describe('it is said', () => {
  const queued = { status: 'queued', started_at: null, completed_at: null, success: null };
  const wrong: [string, string[], RegExp][] = [
    ['that a due time has no entry', said({ to: Date.parse(at(2)) + 10_000 }), /10:02:00.000Z has no entry/],
    ['that a due time has two', said({ ledger: [entry(1), entry(1)] }), /has several entries/],
    [
      'that a run that was promised is not there',
      said({ executed: [DeploymentId.parse(id('dep', 2))] }),
      /was promised, and is in 0 entries/,
    ],
    ['that an entry still says running', said({ ledger: [entry(1, { outcome: 'running' })] }), /10:01.* is running/],
    ['that an entry still says due', said({ ledger: [entry(1, { outcome: 'due' })] }), /10:01.* is due/],
    ['that an execution still waits', said({ executions: [execution(1, queued)] }), /exe_\w+ is queued/],
    ['that the schedule says a run goes on', said({ schedule: schedule({ is_running: true }) }), /: is running/],
    ['that a job noted two beginnings', said({}, [begin(), begin()]), /ran 2 times/],
    [
      'that two deployments ran for one due time',
      said(
        {
          executions: [execution(1), execution(1, { id: id('exe', 2), target_id: id('tgt', 2) })],
        },
        [begin(), begin(2)],
      ),
      /ran 2 times/,
    ],
    ['that what ran is no execution', said({ executions: [] }), /ran and is no execution/],
    ['that a target has no execution', said({ executions: [] }), /tgt_\w+ is 0 executions/],
    [
      'that an execution says another end than its target',
      said({ executions: [execution(1, { status: 'failed', success: false })] }),
      /is failed of dep_/,
    ],
    ['that an execution is of nothing', said({ deployments: [] }), /which is nowhere/],
    ['that a deployment is in no entry', said({ ledger: [entry(1, { deployment_id: null })] }), /is in 0 entries/],
    [
      'that an entry says another end',
      said({ ledger: [entry(1, { outcome: 'failed' })] }),
      /is failed, dep_\w+ completed/,
    ],
    ['that runs are counted wrongly', said({ schedule: schedule({ execution_count: 2 }) }), /counts 2 runs, and 1 ran/],
    [
      'that it goes on although it was stopped',
      said({ schedule: schedule({ status: 'active', next_run_at: at(2) }) }, [begin()], 1),
      /is active, not stopped/,
    ],
    ['that it has a next run although it ended', said({ schedule: schedule({ next_run_at: at(2) }) }), /next run at/],
    ['that an alarm is left', said({}, [begin()], 1), /1 alarms are kept for 0/],
  ];
  it.each(wrong)('%s', (_name, lines, message) => {
    expect(
      lines.some((line) => message.test(line)),
      lines.join('\n'),
    ).toBe(true);
  });
});

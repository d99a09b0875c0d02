/** Each invariant holds of a right snapshot, and says so when one thing in it is wrong. */
import { describe, expect, it } from 'vitest';
import { Progress } from '#protocol/http/deployments.ts';
import { Device } from '#protocol/http/hosts.ts';
import { LiveEvent } from '#protocol/live/events.ts';
import { FILE_TEXT, violations } from './invariants.ts';
import type { PlannedDeployment, Work } from './load-plan.ts';
import { printed } from './load-plan.ts';
import type { DeploymentRecord, Effect, Snapshot } from './snapshot.ts';

const AT = '2026-11-21T00:00:00.000Z';
const id = (prefix: string, number: number): string => `${prefix}_${number.toString().padStart(26, '0')}`;
const DEPLOYMENT = id('dep', 1);

type TargetFacts = { status?: string; attempt?: number; result_message?: string | null; exit_code?: number | null };

const target = (number: number, facts: TargetFacts = {}) => ({
  id: id('tgt', number),
  device_id: id('dev', number),
  device_name: `device ${number}`,
  host_id: id('host', number),
  item: 'seq',
  status: 'completed',
  attempt: 1,
  progress_percent: 100,
  result_message: 'exited with code 0',
  error_details: null,
  exit_code: 0,
  waiting_for: null,
  started_at: AT,
  completed_at: AT,
  wave: 1,
  undo: null,
  ...facts,
});

const progressOf = (targets: readonly ReturnType<typeof target>[], status: string): Progress => {
  const tally = (wanted: string): number => targets.filter((one) => one.status === wanted).length;
  return Progress.parse({
    deployment_id: DEPLOYMENT,
    status,
    total_targets: targets.length,
    pending: 0,
    running: 0,
    completed: tally('completed'),
    failed: tally('failed'),
    skipped: tally('skipped'),
    canceled: tally('canceled'),
    success_rate: 100,
    targets,
  });
};

const PRINT: Work = { type: 'print', lines: 12, seconds: 0 };

const asked = (changes: Partial<PlannedDeployment> = {}): PlannedDeployment => ({
  atMs: 0,
  name: 'chaos test 0',
  work: PRINT,
  devices: [0],
  retries: 0,
  idempotent: false,
  offline: 'wait',
  strategy: { type: 'parallel', maxConcurrency: null },
  maxFailures: null,
  intervention: null,
  ...changes,
});

const effect = (event: Effect['event'], attempt = 1, number = 1): Effect => ({
  agent: 0,
  event,
  targetId: id('tgt', number),
  attempt,
});

const completedEvent = (seq: number, status = 'completed'): LiveEvent =>
  LiveEvent.parse({
    event: 'deployment_completed',
    data: {
      deployment_id: DEPLOYMENT,
      deployment_name: 'chaos test 0',
      status,
      success_count: 1,
      failure_count: 0,
      total_count: 1,
      created_at: AT,
      ended_at: AT,
    },
    at: AT,
    seq,
  });

const resync = (seq: number): LiveEvent => LiveEvent.parse({ event: 'resync', data: {}, at: AT, seq });

const device = (changes: object = {}): Device =>
  Device.parse({
    id: id('dev', 1),
    host_id: id('host', 1),
    key: 'self',
    name: 'device 1',
    kind: 'host',
    labels: {},
    status: 'online',
    has_running_deployment: false,
    lock: null,
    ...changes,
  });

type Facts = { plan?: Partial<PlannedDeployment>; target?: TargetFacts; status?: string; log?: string | null };

/** A deployment to one target that went well, but for what is given. */
const record = ({ plan = {}, target: facts = {}, status = 'completed', log }: Facts = {}): DeploymentRecord => {
  const planned = asked(plan);
  const progress = progressOf([target(1, facts)], status);
  const text = log === undefined ? printed(planned.work) : log;
  return {
    asked: planned,
    id: DEPLOYMENT,
    listed: { ...progress, id: progress.deployment_id },
    progress,
    targets: progress.targets,
    again: progress,
    logs: new Map(text === null ? [] : [[id('tgt', 1), text]]),
    file: null,
  };
};

const snapshot = (facts: Facts = {}, changes: Partial<Snapshot> = {}): Snapshot => ({
  deployments: [record(facts)],
  names: ['chaos test 0'],
  devices: [device()],
  effects: [effect('begin'), effect('end')],
  events: [completedEvent(7, facts.status)],
  spooled: [],
  schedules: [],
  scheduleAlarms: 0,
  ...changes,
});

const withRecord = (changes: Partial<DeploymentRecord>, facts: Facts = {}): Snapshot =>
  snapshot(facts, { deployments: [{ ...record(facts), ...changes }] });

const failed = (result_message: string, exit_code: number | null = null): Facts => ({
  target: { status: 'failed', result_message, exit_code },
  status: 'failed',
});

describe('nothing is wrong', () => {
  const output = printed(PRINT);
  const right: [string, Snapshot][] = [
    ['when all went well', snapshot()],
    [
      'when a job was interrupted before its end',
      snapshot(
        { ...failed('interrupted: the agent ended'), log: `${output.slice(0, 10)}interrupted: the agent ended\n` },
        {
          effects: [effect('begin')],
        },
      ),
    ],
    [
      'when a retry succeeded after a failure',
      snapshot(
        {
          plan: { work: { type: 'fail', lines: 2, attempts: 1 }, retries: 1 },
          target: { attempt: 2 },
          log: '#1\n#2\n#1\n#2\n',
        },
        { effects: [effect('begin'), effect('end'), effect('begin', 2), effect('end', 2)] },
      ),
    ],
    [
      'when an idempotent job began twice',
      snapshot(
        { plan: { idempotent: true }, log: `#1\n#interrupted: it is run again\n${output}` },
        { effects: [effect('begin'), effect('begin'), effect('end')] },
      ),
    ],
    [
      'when a host was offline',
      snapshot({ ...failed('host offline since then'), plan: { offline: 'fail' }, log: '' }, { effects: [] }),
    ],
    ['when the first event is a resync', snapshot({}, { events: [resync(6), completedEvent(7)] })],
  ];
  it.each(right)('%s', (_name, one) => expect(violations(one)).toEqual([]));
});

describe('it is said', () => {
  const output = printed(PRINT);
  const wrong: [string, Snapshot, RegExp][] = [
    ['that a request made two deployments', snapshot({}, { names: ['chaos test 0', 'chaos test 0'] }), /there 2 times/],
    ['that a request made none', snapshot({}, { names: [] }), /there 0 times/],
    ['that a target never ended', snapshot({ target: { status: 'running' } }), /tgt_0+1 is running/],
    ['that a deployment never ended', snapshot({ status: 'in_progress' }), /everything ended: dep_0+1: is in_progress/],
    [
      'that progress counts wrongly',
      withRecord({ progress: { ...record().progress, completed: 2 } }),
      /progress.completed is 2, not 1/,
    ],
    ['that the list counts wrongly', withRecord({ listed: { ...record().listed, failed: 1 } }), /listed.failed is 1/],
    [
      'that the list says another state',
      withRecord({ listed: { ...record().listed, status: 'partial' } }),
      /listed.status/,
    ],
    ['that pages leave a target out', withRecord({ targets: [] }), /list of targets/],
    ['that targets are missing', snapshot({ plan: { devices: [0, 1] } }), /total_targets is 1, not 2/],
    [
      'that a state does not follow from its targets',
      snapshot({ status: 'partial' }),
      /by its targets it is completed/,
    ],
    ['that a job failed for no reason', snapshot(failed('exited with code 2', 2)), /failed with "exited with code 2"/],
    [
      'that a job completed that cannot',
      snapshot({ plan: { work: { type: 'fail', lines: 1, attempts: 1 } }, log: '#1\n' }),
      /cannot complete did/,
    ],
    [
      'that nobody canceled it',
      snapshot({ target: { status: 'canceled' }, status: 'canceled' }, { effects: [] }),
      /nobody canceled it/,
    ],
    [
      'that there is no budget to skip for',
      snapshot({ target: { status: 'skipped' }, log: '' }, { effects: [] }),
      /no error budget/,
    ],
    ['that it was tried too often', snapshot({ target: { attempt: 2 } }), /attempt 2 with 0 retries/],
    [
      'that an action ran twice',
      snapshot({}, { effects: [effect('begin'), effect('end'), effect('begin'), effect('end')] }),
      /began 2 times/,
    ],
    ['that a completed action did not run', snapshot({}, { effects: [] }), /work was done 0 times/],
    [
      'that a skipped one ran',
      snapshot({ plan: { maxFailures: 0 }, target: { status: 'skipped' } }),
      /was skipped, and ran/,
    ],
    [
      'that a stranger ran',
      snapshot({}, { effects: [effect('begin'), effect('end'), effect('begin', 1, 9)] }),
      /no deployment/,
    ],
    [
      'that an interrupted job does not say so',
      snapshot({ ...failed('host offline since then'), log: output.slice(0, 9) }, { effects: [effect('begin')] }),
      /does not say that it was interrupted/,
    ],
    [
      'that a file is not there',
      snapshot({ plan: { work: { type: 'file' } }, log: null }, { effects: [] }),
      /the file is not there/,
    ],
    [
      'that a file is another one',
      withRecord({ file: FILE_TEXT.slice(1) }, { plan: { work: { type: 'file' } }, log: null }),
      /the file is another one/,
    ],
    [
      'that a lock is left',
      snapshot({}, { devices: [device({ has_running_deployment: true })] }),
      /running_deployment true/,
    ],
    [
      'that a lock is unknown',
      snapshot({}, { devices: [device({ has_running_deployment: null })] }),
      /deployment null/,
    ],
    ['that a log has a gap', snapshot({ log: output.replace('#5\n', '') }), /not what it printed/],
    ['that a log repeats a line', snapshot({ log: output.replace('#5\n', '#5\n#5\n') }), /not what it printed/],
    ['that a log lacks its end', snapshot({ log: output.slice(0, -1) }), /has 38 of 39 bytes/],
    ['that a log is there twice', snapshot({ log: output + output }), /output of 2 attempts of 1/],
    ['that a log is missing', snapshot({ log: null }), /has no log/],
    ['that an end was told twice', snapshot({}, { events: [completedEvent(7), completedEvent(8)] }), /told 2 times/],
    ['that an end was not told', snapshot({}, { events: [] }), /told 0 times/],
    ['that an end was told as another', snapshot({}, { events: [completedEvent(7, 'failed')] }), /told as failed/],
    ['that an event is missing', snapshot({}, { events: [resync(3), completedEvent(5)] }), /event 5 follows 3/],
    ['that the stream was lost', snapshot({}, { events: [completedEvent(7), resync(8)] }), /lost its thread before 8/],
    [
      'that something changed after its end',
      withRecord({ again: { ...record().progress, success_rate: 50 } }),
      /changed after its end/,
    ],
    ['that an agent keeps output back', snapshot({}, { spooled: ['/x/spool/1'] }), /never acknowledged/],
  ];
  it.each(wrong)('%s', (_name, one, message) => {
    const said = violations(one);
    expect(
      said.some((line) => message.test(line)),
      said.join('\n'),
    ).toBe(true);
  });
});

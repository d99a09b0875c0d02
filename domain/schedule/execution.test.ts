import { describe, expect, it } from 'vitest';
import { DeviceId, executionIdOf } from '#protocol/ids.ts';
import type { Firing } from '#protocol/schedule.ts';
import { type ExecutionStatus, TargetStatus } from '#protocol/states.ts';
import { deploymentId, scheduleId, T0, targetId } from '../host/test-state.ts';
import { type ExecutionTarget, executionsOf } from './execution.ts';

const device = (number: number): DeviceId => DeviceId.parse(`dev_${String(number).padStart(26, '0')}`);

const firing: Firing = {
  schedule_id: scheduleId(1),
  scheduled_at: new Date(T0).toISOString(),
  kind: 'scheduled',
  overlap: 'queue_one',
  if_reserved: 'skip',
  counted: 3,
  count: 'runs',
  max_executions: null,
};

const target = (number: number, status: TargetStatus, overrides: Partial<ExecutionTarget> = {}): ExecutionTarget => ({
  id: targetId(number),
  device_id: device(1),
  device_name: 'lab-1',
  status,
  result_message: null,
  started_at: null,
  completed_at: null,
  ...overrides,
});

const of = (...targets: ExecutionTarget[]) =>
  executionsOf(firing, deploymentId(7), targets).map(({ execution }) => execution);
const only = (...targets: ExecutionTarget[]) => {
  const [execution] = of(...targets);
  if (execution === undefined) throw new Error('no execution');
  return execution;
};

describe('an execution with one target', () => {
  const states: Record<TargetStatus, ExecutionStatus> = {
    pending: 'queued',
    queued: 'queued',
    downloading: 'running',
    installing: 'running',
    running: 'running',
    verifying: 'running',
    completed: 'completed',
    failed: 'failed',
    canceled: 'failed',
    skipped: 'skipped',
  };
  for (const status of TargetStatus.options)
    it(`is ${states[status]} while that is ${status}`, () => {
      const begun = states[status] !== 'queued' && status !== 'skipped';
      const ended = ['completed', 'failed', 'canceled', 'skipped'].includes(status);
      const execution = only(
        target(1, status, {
          started_at: begun ? T0 + 1000 : null,
          completed_at: ended ? T0 + 5000 : null,
          result_message: 'said',
        }),
      );
      expect(execution).toMatchObject({
        status: states[status],
        started_at: begun ? '2026-03-01T12:00:01.000Z' : null,
        completed_at: ended ? '2026-03-01T12:00:05.000Z' : null,
        success: status === 'completed' ? true : status === 'failed' || status === 'canceled' ? false : null,
        skip_reason: status === 'skipped' ? 'said' : null,
        error_message: status === 'failed' || status === 'canceled' ? 'said' : null,
      });
    });

  it('names its schedule, its time, its device, and where to look further', () => {
    expect(only(target(5, 'queued'))).toMatchObject({
      id: executionIdOf(targetId(5)),
      schedule_id: firing.schedule_id,
      scheduled_at: firing.scheduled_at,
      kind: 'scheduled',
      device_id: device(1),
      device_name: 'lab-1',
      deployment_id: deploymentId(7),
      target_id: targetId(5),
    });
  });
});

describe('an execution with several targets', () => {
  it('runs from the first beginning to the last end', () => {
    const execution = only(
      target(1, 'completed', { started_at: T0 + 2000, completed_at: T0 + 3000 }),
      target(2, 'completed', { started_at: T0 + 1000, completed_at: T0 + 9000 }),
    );
    expect(execution).toMatchObject({
      status: 'completed',
      started_at: '2026-03-01T12:00:01.000Z',
      completed_at: '2026-03-01T12:00:09.000Z',
    });
  });

  it('has not ended while one has not, and is running once one has begun', () => {
    const open = only(target(1, 'completed', { started_at: T0, completed_at: T0 }), target(2, 'queued'));
    expect(open).toMatchObject({ status: 'running', completed_at: null, success: null });
    expect(only(target(1, 'skipped', { completed_at: T0 }), target(2, 'queued')).status).toBe('queued');
  });

  it('has failed when one has, and says what that one says', () => {
    const execution = only(
      target(1, 'completed', { result_message: 'fine' }),
      target(2, 'failed', { result_message: 'exited with code 1' }),
      target(3, 'skipped', { result_message: 'the one before failed' }),
    );
    expect(execution).toMatchObject({
      status: 'failed',
      success: false,
      error_message: 'exited with code 1',
      skip_reason: null,
    });
  });

  it('is skipped only when all are, and completed when the others are', () => {
    expect(only(target(1, 'skipped', { result_message: 'device reserved' }), target(2, 'skipped'))).toMatchObject({
      status: 'skipped',
      success: null,
      skip_reason: 'device reserved',
    });
    expect(only(target(1, 'skipped'), target(2, 'completed'))).toMatchObject({ status: 'completed', success: true });
  });

  it('keeps its id whatever the order in which its targets come', () => {
    expect(only(target(2, 'queued'), target(1, 'queued')).id).toBe(executionIdOf(targetId(1)));
    expect(only(target(1, 'queued'), target(2, 'queued')).id).toBe(executionIdOf(targetId(1)));
  });
});

it('each device has an execution of its own, in the order in which devices come', () => {
  const other = { device_id: device(2), device_name: 'lab-2' };
  const both = of(target(3, 'failed', other), target(1, 'completed'), target(2, 'completed', other));
  expect(both.map(({ device_name, status, target_id }) => [device_name, status, target_id])).toEqual([
    ['lab-2', 'failed', targetId(2)],
    ['lab-1', 'completed', targetId(1)],
  ]);
  expect(of()).toEqual([]);
});

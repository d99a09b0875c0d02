import { describe, expect, it } from 'vitest';
import { DeploymentCompleted } from '#protocol/live/events.ts';
import { type Ended, shownOn, toldOf } from './completion.ts';

const deployment = `dep_${'0'.repeat(26)}`;
const schedule = `sch_${'0'.repeat(26)}`;
const ended = (change: object): Ended =>
  DeploymentCompleted.shape.data.parse({
    deployment_id: deployment,
    deployment_name: 'nightly',
    status: 'completed',
    success_count: 2,
    failure_count: 0,
    total_count: 2,
    created_at: '2026-11-28T21:00:00.000Z',
    ended_at: '2026-11-28T21:00:05.000Z',
    ...change,
  });
const fired = (kind: string) => ({ firing: { schedule_id: schedule, kind } });

describe('the end of a deployment', () => {
  it('is told with what came of it', () => {
    expect(toldOf(ended({}))).toEqual({ tone: 'success', text: 'nightly completed', id: deployment });
    expect(toldOf(ended({ success_count: 0, failure_count: 2 }))?.text).toBe('nightly failed');
    expect(toldOf(ended({ success_count: 1, failure_count: 1 }))).toMatchObject({
      tone: 'warning',
      text: 'nightly: 1 target of 2 failed',
    });
  });

  it('is not told when a person canceled it', () => {
    expect(toldOf(ended({ status: 'canceled' }))).toBeNull();
  });

  it('of a run that came by itself is told only when it failed, once a schedule', () => {
    expect(toldOf(ended(fired('scheduled')))).toBeNull();
    expect(toldOf(ended(fired('catch_up')))).toBeNull();
    expect(toldOf(ended({ ...fired('scheduled'), success_count: 0, failure_count: 2 }))?.id).toBe(schedule);
  });

  it('of a run that a person asked for is always told', () => {
    expect(toldOf(ended(fired('manual')))).toMatchObject({ tone: 'success', id: deployment });
  });

  it('is not told on pages that show it', () => {
    expect(shownOn(ended(fired('scheduled')))).toEqual([`/deployments/${deployment}`, `/schedules/${schedule}`]);
    expect(shownOn(ended({}))).toEqual([`/deployments/${deployment}`]);
  });
});

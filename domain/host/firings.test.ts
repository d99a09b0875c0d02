import { describe, expect, it } from 'vitest';
import { decide, type HostCommand } from './decide.ts';
import type { HostJob, HostState } from './host-state.ts';
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
  T0,
  targetId,
  userId,
} from './test-state.ts';

const take = (state: HostState, command: HostCommand, at = T0): HostState => {
  const decision = decide(state, command, at);
  if (decision.type === 'rejected') throw new Error(decision.reason);
  return decision.state;
};
const enqueue = (...jobs: HostJob[]): HostCommand => ({ type: 'enqueue', jobs });
/** Jobs that come one request after the other. */
const arrived = (...jobs: HostJob[]): HostState => jobs.reduce((state, one) => take(state, enqueue(one)), hostState());
const done = (number: number, outcome: 'completed' | 'failed' | 'canceled' = 'completed'): HostCommand => ({
  type: 'job_result',
  result: result(number, { outcome, reason: outcome === 'completed' ? 'ok' : 'exit_code' }),
});
const reserve: HostCommand = { type: 'reserve', reservation: reservation(), takeOver: false };
const release: HostCommand = { type: 'release', deviceKey: 'self', userId: userId(1), force: false };

/** `runs`, `waits`, or why it ended. */
const fate = ({ status, sent, end }: HostJob): string =>
  end?.message ?? (sent ? 'runs' : `waits${status === 'queued' ? '' : '?'}`);
const fates = (state: HostState): string[] => state.jobs.map(fate);

describe('of one schedule on one device', () => {
  it('one runs, one waits, and what else comes is skipped', () => {
    expect(fates(arrived(firedJob(1), firedJob(2), firedJob(3), firedJob(4)))).toEqual([
      'runs',
      'waits',
      'Already queued (max 1)',
      'Already queued (max 1)',
    ]);
  });

  it('none waits when the schedule says so', () => {
    expect(fates(arrived(firedJob(1), firedJob(2, { overlap: 'skip' })))).toEqual(['runs', 'Already running']);
  });

  it('one may wait for a device on which something else runs, and a second is skipped', () => {
    const overlaps = { queue_one: 'Already queued (max 1)', skip: 'Already running' } as const;
    for (const overlap of ['queue_one', 'skip'] as const)
      expect(fates(arrived(job(9), firedJob(1, { overlap }), firedJob(2, { overlap })))).toEqual([
        'runs',
        'waits',
        overlaps[overlap],
      ]);
  });

  const others: [string, HostJob][] = [
    ['another schedule', firedJob(2, { scheduleId: scheduleId(2) })],
    ['no schedule', job(2, { deploymentId: deploymentId(2) })],
  ];
  for (const [name, other] of others)
    it(`jobs of ${name} do not count, and wait for their turn`, () => {
      const state = arrived(firedJob(1), other, firedJob(3), firedJob(4));
      expect(fates(state)).toEqual(['runs', 'waits', 'waits', 'Already queued (max 1)']);
      // First come, first served.
      expect(fates(take(state, done(1))).slice(1, 3)).toEqual(['runs', 'waits']);
    });

  it('what runs on another device does not count', () => {
    expect(fates(arrived(firedJob(1), firedJob(2, {}, { deviceKey: 'phone' }), firedJob(3)))).toEqual([
      'runs',
      'runs',
      'waits',
    ]);
  });

  it('a job that comes again is not one more', () => {
    expect(fates(arrived(firedJob(1), firedJob(2), firedJob(2), firedJob(1)))).toEqual(['runs', 'waits']);
  });
});

describe('the one that waits starts the moment the running one', () => {
  const state = arrived(firedJob(1), firedJob(2));
  const running = take(state, {
    type: 'job_progress',
    progress: {
      type: 'job.progress',
      target_id: targetId(1),
      attempt: 1,
      status: 'running',
      percent: 1,
      message: null,
    },
  });
  const cancel: HostCommand = { type: 'cancel', deploymentId: deploymentId(1), targetIds: [targetId(1)] };
  const ends: [string, HostState, HostCommand, number][] = [
    ['completes', state, done(1), T0],
    ['fails', state, done(1, 'failed'), T0],
    ['is canceled', take(state, cancel), done(1, 'canceled'), T0],
    ['does not report in time', running, { type: 'tick' }, T0 + 60_000 + REPORT_GRACE_MS],
  ];
  for (const [name, before, command, at] of ends)
    it(name, () => {
      const decision = decide(before, command, at);
      expect(decision.effects).toContainEqual({ type: 'offer', targetId: targetId(2) });
      const next = take(before, command, at);
      expect(next.jobs[1]).toMatchObject({ sent: true, sentAt: at });
      expect(fates(take(next, enqueue(firedJob(3)), at))[2]).toBe('waits');
    });

  it('ends without ever starting when it is canceled while it waits, and makes room for another', () => {
    const canceled = take(state, { type: 'cancel', deploymentId: deploymentId(2), targetIds: [targetId(2)] });
    expect(fates(take(canceled, enqueue(firedJob(3))))).toEqual(['runs', 'canceled before it started', 'waits']);
  });

  it('fails with it when the host is removed', () => {
    expect(fates(take(state, { type: 'host_removed' }))).toEqual(['the host was removed', 'the host was removed']);
  });

  it('knows what the schedule has counted by then', () => {
    expect(take(state, done(1)).jobs[1]?.firing?.counted).toBe(16);
    const successes = arrived(firedJob(1, { count: 'successes' }), firedJob(2, { count: 'successes' }));
    expect(take(successes, done(1)).jobs[1]?.firing?.counted).toBe(16);
    expect(take(successes, done(1, 'failed')).jobs[1]?.firing?.counted).toBe(15);
  });
});

describe('a device that a person has reserved', () => {
  const reserved = take(hostState(), reserve);

  it('skips the execution, with the reason, or makes it wait when the schedule says so', () => {
    expect(fates(take(reserved, enqueue(firedJob(1))))).toEqual(['device reserved by mia until 2026-03-01T12:10:00Z']);
    const waits = take(reserved, enqueue(firedJob(1, { if_reserved: 'wait' })));
    expect(fates(waits)).toEqual(['waits']);
    expect(fates(take(waits, release))).toEqual(['runs']);
  });

  it('skips one that waits behind a job when its turn has come, not before', () => {
    const waiting = take(arrived(job(9), firedJob(1)), reserve);
    expect(fates(waiting)).toEqual(['runs', 'waits']);
    expect(fates(take(waiting, done(9)))[1]).toBe('device reserved by mia until 2026-03-01T12:10:00Z');
    expect(fates(take(take(waiting, release), done(9)))[1]).toBe('runs');
  });

  it('lets an unscheduled job wait as ever, and skips an execution also when somebody waits before it', () => {
    const reason = 'device reserved by mia until 2026-03-01T12:10:00Z';
    const state = take(reserved, enqueue(job(1), firedJob(2)));
    expect(fates(state)).toEqual(['waits', reason]);
    expect(fates(take(take(state, release), done(1)))).toEqual(['exited with code 0', reason]);
  });
});

describe('a host that is offline', () => {
  const away = hostState({ connection: offline() });
  it('fails the execution at once, or lets one wait and skips the next', () => {
    expect(fates(take(away, enqueue(firedJob(1))))[0]).toContain('host offline since');
    const waits = (number: number) => firedJob(number, {}, { waitUntil: T0 + 60_000 });
    const state = take(take(away, enqueue(waits(1))), enqueue(waits(2)));
    expect(fates(state)).toEqual(['waits', 'Already queued (max 1)']);
    const back = take(state, { type: 'connected', jobs: [], attached: new Set(['self']) });
    expect(fates(back)[0]).toBe('runs');
  });
});

describe('several items of one execution', () => {
  const item = (number: number, execution: number, overrides = {}): HostJob =>
    firedJob(number, { scheduledAt: T0 + execution * 60_000, ...overrides }, { deploymentId: deploymentId(execution) });
  const one = enqueue(item(1, 1), item(2, 1));
  const two = enqueue(item(3, 2), item(4, 2));
  const three = enqueue(item(5, 3), item(6, 3));

  it('are one that runs: a second may wait, and a third is skipped as a whole', () => {
    const state = take(take(take(hostState(), one), two), three);
    const skipped = 'Already queued (max 1)';
    expect(fates(state)).toEqual(['runs', 'waits', 'waits', 'waits', skipped, skipped]);
  });

  it('come one after the other, and the next execution after all of them', () => {
    const state = take(take(hostState(), one), two);
    const second = take(state, done(1));
    expect(fates(second).slice(1)).toEqual(['runs', 'waits', 'waits']);
    expect(fates(take(second, done(2))).slice(2)).toEqual(['runs', 'waits']);
  });

  it('have all begun with the first: a reservation does not skip the rest, it waits', () => {
    const state = take(take(hostState(), one), reserve);
    const held = take(state, done(1));
    expect(fates(held)).toEqual(['exited with code 0', 'waits']);
    expect(fates(take(held, release))[1]).toBe('runs');
  });

  it('have all begun with the first: a pause of the schedule does not take the rest back', () => {
    const state = take(take(hostState(), one), two);
    const paused = take(state, { type: 'withdraw', scheduleId: scheduleId(1), reason: 'Schedule paused' });
    expect(fates(paused)).toEqual(['runs', 'waits', 'Schedule paused', 'Schedule paused']);
  });

  it('that come in requests of their own are decided with the first', () => {
    const rest = item(7, 3, { continues: true, began: T0 });
    expect(fates(take(take(take(hostState(), one), two), enqueue(rest)))[4]).toBe('waits');
    const skipped = take(take(take(hostState(), one), two), enqueue(item(5, 3)));
    expect(fates(take(skipped, enqueue(item(6, 3))))[5]).toBe('Already queued (max 1)');
  });

  it('fail together: one that fails makes the execution no success, whatever the last one does', () => {
    const items = enqueue(item(1, 1, { count: 'successes' }), item(2, 1, { count: 'successes' }));
    const next = enqueue(item(3, 2, { count: 'successes' }));
    const failedFirst = take(take(take(hostState(), items), next), done(1, 'failed'));
    expect(take(failedFirst, done(2)).jobs[2]?.firing?.counted).toBe(15);
    const succeeded = take(take(take(hostState(), items), next), done(1));
    expect(take(succeeded, done(2)).jobs[2]?.firing?.counted).toBe(16);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinalTarget } from '#protocol/states.ts';
import { decide, type HostCommand } from './decide.ts';
import { isFired, sameExecution } from './firings.ts';
import type { HostJob, HostState } from './host-state.ts';
import { nextWake } from './next-wake.ts';
import {
  deploymentId,
  firedJob,
  hostState,
  job,
  reservation,
  result,
  scheduleId,
  T0,
  targetId,
  userId,
} from './test-state.ts';

/** Targets of what schedules fire come after those of people. */
const FIRED = 100;
const execution = fc.integer({ min: 1, max: 8 });
const number = fc.oneof(
  fc.integer({ min: 1, max: 6 }),
  fc.tuple(execution, fc.nat(3)).map(([of, item]) => FIRED + of * 10 + item),
);
const deploymentOf = (target: number) => deploymentId(target < FIRED ? 1 : Math.floor(target / 10));
const attempt = fc.integer({ min: 1, max: 3 });
const device = fc.constantFrom('self', 'phone', 'away');
const attached = new Set(['self', 'phone']);

/** One or two items on one device, of one of two schedules; each execution is what it is however often it comes. */
const firedJobs = fc
  .record({
    of: execution,
    phone: fc.boolean(),
    overlap: fc.constantFrom('queue_one' as const, 'queue_one' as const, 'skip' as const),
    if_reserved: fc.constantFrom('skip' as const, 'wait' as const),
    retriesLeft: fc.nat(1),
    waits: fc.boolean(),
  })
  .map(({ of, phone, overlap, if_reserved, retriesLeft, waits }): HostJob[] =>
    Array.from({ length: 1 + (of % 2) }, (_, item) => {
      const target = FIRED + of * 10 + item + (phone ? 2 : 0);
      const firing = {
        scheduleId: scheduleId(1 + (of % 3 === 0 ? 1 : 0)),
        scheduledAt: T0 + of * 60_000,
        overlap,
        if_reserved,
      };
      const deviceKey = phone ? 'phone' : 'self';
      const deadline = waits ? T0 + 200_000 : null;
      return firedJob(target, firing, {
        deploymentId: deploymentOf(target),
        deviceKey,
        retriesLeft,
        waitUntil: deadline,
      });
    }),
  );

const command: fc.Arbitrary<HostCommand> = fc.oneof(
  fc
    .record({
      n: fc.integer({ min: 1, max: 6 }),
      deviceKey: device,
      retriesLeft: fc.nat(2),
      waits: fc.boolean(),
      idempotent: fc.boolean(),
    })
    .map(
      ({ n, deviceKey, retriesLeft, waits, idempotent }): HostCommand => ({
        type: 'enqueue',
        jobs: [job(n, { deviceKey, retriesLeft, idempotent, waitUntil: waits ? T0 + 200_000 : null })],
      }),
    ),
  firedJobs.map((jobs): HostCommand => ({ type: 'enqueue', jobs })),
  firedJobs.map((jobs): HostCommand => ({ type: 'enqueue', jobs })),
  fc
    .integer({ min: 1, max: 2 })
    .map((of): HostCommand => ({ type: 'withdraw', scheduleId: scheduleId(of), reason: 'Schedule paused' })),
  fc.uniqueArray(number).map(
    (numbers): HostCommand => ({
      type: 'connected',
      attached,
      jobs: numbers.map((n) => ({ target_id: targetId(n), attempt: 1, state: 'started' })),
    }),
  ),
  fc.boolean().map((goodbye): HostCommand => ({ type: 'connection_lost', goodbye })),
  fc.tuple(number, attempt, fc.constantFrom('downloading' as const, 'running' as const, 'verifying' as const)).map(
    ([n, of, status]): HostCommand => ({
      type: 'job_progress',
      progress: { type: 'job.progress', target_id: targetId(n), attempt: of, status, percent: null, message: null },
    }),
  ),
  fc.tuple(number, attempt, fc.constantFrom('completed' as const, 'failed' as const, 'canceled' as const)).map(
    ([n, of, outcome]): HostCommand => ({
      type: 'job_result',
      result: result(n, { attempt: of, outcome, reason: outcome === 'completed' ? 'ok' : 'exit_code' }),
    }),
  ),
  fc.tuple(number, fc.uniqueArray(number)).map(
    ([first, others]): HostCommand => ({
      type: 'cancel',
      deploymentId: deploymentOf(first),
      targetIds: [first, ...others].map(targetId),
    }),
  ),
  fc.record({ deviceKey: device, user: number, takeOver: fc.boolean(), until: fc.nat(900_000) }).map(
    ({ deviceKey, user, takeOver, until }): HostCommand => ({
      type: 'reserve',
      reservation: reservation({ deviceKey, userId: userId(user), expiresAt: T0 + until }),
      takeOver,
    }),
  ),
  device.map((deviceKey): HostCommand => ({ type: 'release', deviceKey, userId: userId(1), force: true })),
  fc.constant<HostCommand>({ type: 'tick' }),
);

const history = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 60_000 })), { maxLength: 60 });

type Step = { before: HostState; after: HostState; at: number };

const play = (steps: readonly (readonly [HostCommand, number])[], check: (step: Step) => void): void => {
  let state = hostState({ connection: { state: 'offline', since: null, graceUntil: 0 } });
  let at = T0;
  for (const [next, wait] of steps) {
    at += wait;
    const decision = decide(state, next, at);
    const after = decision.type === 'accepted' ? decision.state : state;
    check({ before: state, after, at });
    state = after;
  }
};

const always = (check: (step: Step) => void): void => {
  fc.assert(
    fc.property(history, (steps) => play(steps, check)),
    { numRuns: 300 },
  );
};

describe('whatever happens in whatever order', () => {
  it('at most one job holds a device', () => {
    always(({ after }) => {
      const held = after.jobs.filter((one) => one.holdsDevice).map((one) => one.deviceKey);
      expect(new Set(held).size).toBe(held.length);
    });
  });

  it('of each schedule one execution runs on a device at most, and one waits', () => {
    always(({ after }) => {
      const open = after.jobs.filter(isFired).filter((one) => !isFinalTarget(one.status));
      for (const one of open) {
        const same = open.filter(
          ({ deviceKey, firing }) => deviceKey === one.deviceKey && firing.scheduleId === one.firing.scheduleId,
        );
        const begun = new Set(same.filter(({ firing }) => firing.began !== null).map((job) => job.deploymentId));
        const waiting = new Set(same.filter(({ firing }) => firing.began === null).map((job) => job.deploymentId));
        expect([begun.size <= 1, waiting.size <= 1]).toEqual([true, true]);
        // Whether it runs is one decision for all of an execution.
        for (const id of begun) expect(waiting.has(id)).toBe(false);
      }
    });
  });

  it('an execution that was skipped was skipped as a whole, and none that has begun is skipped', () => {
    always(({ after }) => {
      const fired = after.jobs.filter(isFired);
      for (const skipped of fired.filter(({ status }) => status === 'skipped'))
        for (const other of fired.filter((one) => sameExecution(one, skipped)))
          expect([other.firing.began, ['skipped', 'canceled'].includes(other.status)]).toEqual([null, true]);
    });
  });

  it('nothing waits for a device that it could have', () => {
    always(({ after }) => {
      if (after.connection.state === 'offline') return;
      for (const { deviceKey } of after.jobs.filter((one) => !one.sent && !isFinalTarget(one.status)))
        expect(
          !after.attached.has(deviceKey) ||
            after.jobs.some((one) => one.holdsDevice && one.deviceKey === deviceKey) ||
            after.reservations.some((one) => one.deviceKey === deviceKey),
        ).toBe(true);
    });
  });

  it('the first final state of a job is its last', () => {
    always(({ before, after }) => {
      for (const one of before.jobs.filter((known) => isFinalTarget(known.status)))
        expect(after.jobs.find((known) => known.targetId === one.targetId)?.status).toBe(one.status);
    });
  });

  it('versions never go back, and every visible change has a new one', () => {
    always(({ before, after }) => {
      for (const one of before.jobs) {
        const next = after.jobs.find((known) => known.targetId === one.targetId);
        expect(next?.version).toBeGreaterThanOrEqual(one.version);
        if (
          next?.status !== one.status ||
          next.waitingFor !== one.waitingFor ||
          next.progressPercent !== one.progressPercent
        )
          expect(next?.version).toBeGreaterThan(one.version);
      }
    });
  });

  it('a job that is with the agent has a deadline, and the host wakes in time for it', () => {
    always(({ after, at }) => {
      for (const one of after.jobs.filter((known) => known.holdsDevice)) {
        expect(one.deadlineAt).not.toBeNull();
        expect(nextWake(after, at)).toBeLessThanOrEqual(one.deadlineAt ?? 0);
      }
    });
  });

  it('a device has one reservation at most, none outlives its end, and the host wakes in time for each', () => {
    always(({ after, at }) => {
      const devices = after.reservations.map((one) => one.deviceKey);
      expect(new Set(devices).size).toBe(devices.length);
      for (const one of after.reservations) expect(nextWake(after, at)).toBeLessThanOrEqual(one.expiresAt);
    });
    always(({ after, at }) => {
      const ticked = decide(after, { type: 'tick' }, at);
      if (ticked.type === 'accepted')
        for (const one of ticked.state.reservations) expect(one.expiresAt).toBeGreaterThan(at);
    });
  });

  it('every job that waits says what for', () => {
    always(({ after }) => {
      for (const one of after.jobs.filter((known) => !known.sent && !isFinalTarget(known.status)))
        expect(one.waitingFor).toBeTruthy();
    });
  });

  it('a command that is repeated at once changes nothing more', () => {
    fc.assert(
      fc.property(history, command, (steps, last) => {
        let end = hostState();
        play(steps, ({ after }) => {
          end = after;
        });
        const at = T0 + 10_000_000;
        const once = decide(end, last, at);
        if (once.type === 'rejected' || last.type === 'connection_lost' || last.type === 'connected') return;
        const twice = decide(once.state, last, at);
        if (twice.type === 'accepted') expect(twice.state.jobs).toEqual(once.state.jobs);
      }),
      { numRuns: 300 },
    );
  });
});

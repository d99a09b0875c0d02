import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinalTarget } from '#protocol/states.ts';
import { decide, type HostCommand } from './decide.ts';
import type { HostState } from './host-state.ts';
import { nextWake } from './next-wake.ts';
import { deploymentId, hostState, job, reservation, result, T0, targetId, userId } from './test-state.ts';

const number = fc.integer({ min: 1, max: 6 });
const attempt = fc.integer({ min: 1, max: 3 });
const device = fc.constantFrom('self', 'phone', 'away');
const attached = new Set(['self', 'phone']);

const command: fc.Arbitrary<HostCommand> = fc.oneof(
  fc
    .record({ n: number, deviceKey: device, retriesLeft: fc.nat(2), waits: fc.boolean(), idempotent: fc.boolean() })
    .map(
      ({ n, deviceKey, retriesLeft, waits, idempotent }): HostCommand => ({
        type: 'enqueue',
        jobs: [job(n, { deviceKey, retriesLeft, idempotent, waitUntil: waits ? T0 + 200_000 : null })],
      }),
    ),
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
  fc
    .uniqueArray(number)
    .map(
      (numbers): HostCommand => ({ type: 'cancel', deploymentId: deploymentId(1), targetIds: numbers.map(targetId) }),
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

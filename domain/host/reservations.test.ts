import { describe, expect, it } from 'vitest';
import { decide, type HostCommand } from './decide.ts';
import type { HostDecision, HostState, Reservation } from './host-state.ts';
import { deviceHolds } from './locks.ts';
import { hostState, job, reservation, result, runningJob, T0, targetId, userId } from './test-state.ts';

const now = T0 + 1000;
const mia = userId(1);
const theo = userId(2);
const held = hostState({ reservations: [reservation()] });

const accepted = (decision: HostDecision) => {
  if (decision.type === 'rejected') throw new Error(decision.reason);
  return decision;
};

const reserve = (overrides: Partial<Reservation> = {}, takeOver = false): HostCommand => ({
  type: 'reserve',
  reservation: reservation({ since: now, expiresAt: T0 + 900_000, ...overrides }),
  takeOver,
});
const release = (user: typeof mia, force = false): HostCommand => ({
  type: 'release',
  deviceKey: 'self',
  userId: user,
  force,
});

const reservationsAfter = (state: HostState, command: HostCommand, at = now): readonly Reservation[] =>
  accepted(decide(state, command, at)).state.reservations;

describe('a reservation', () => {
  it.each<[string, HostState, HostCommand, readonly Reservation[] | string]>([
    ['of a free device is taken', hostState(), reserve(), [reservation({ since: now, expiresAt: T0 + 900_000 })]],
    [
      'gets a new end and reason when its holder reserves again, and keeps its start',
      held,
      reserve({ reason: 'still debugging' }),
      [reservation({ reason: 'still debugging', expiresAt: T0 + 900_000 })],
    ],
    [
      'may get an earlier end by its holder',
      held,
      reserve({ expiresAt: T0 + 2000 }),
      [reservation({ expiresAt: T0 + 2000 })],
    ],
    [
      'of another person is refused with who has it until when',
      held,
      reserve({ userId: theo }),
      'device reserved by mia until 2026-03-01T12:10:00Z',
    ],
    [
      'is taken over from its start, and names who had it',
      held,
      reserve({ userId: theo, userName: 'theo' }, true),
      [
        reservation({
          userId: theo,
          userName: 'theo',
          since: now,
          expiresAt: T0 + 900_000,
          takenFrom: { userId: mia, userName: 'mia' },
        }),
      ],
    ],
    [
      'that is taken over from its own holder is extended',
      held,
      reserve({}, true),
      [reservation({ expiresAt: T0 + 900_000 })],
    ],
    ['is released by its holder', held, release(mia), []],
    ['is not released by another person', held, release(theo), 'device reserved by mia until 2026-03-01T12:10:00Z'],
    ['is released by force', held, release(theo, true), []],
    ['that is not there cannot be released', hostState(), release(mia, true), 'not reserved'],
    [
      'of another device is not touched',
      hostState({ reservations: [reservation({ deviceKey: 'phone' })] }),
      release(mia),
      'not reserved',
    ],
  ])('%s', (_name, state, command, expected) => {
    const decision = decide(state, command, now);
    expect(decision.type === 'rejected' ? decision.reason : decision.state.reservations).toEqual(expected);
  });

  it('that is taken over twice by the same person names the same former holder, also after an extension', () => {
    const takeOver = reserve({ userId: theo, userName: 'theo' }, true);
    const once = accepted(decide(held, takeOver, now)).state;
    expect(reservationsAfter(once, takeOver)).toEqual(once.reservations);
    expect(
      reservationsAfter(once, reserve({ userId: theo, userName: 'theo', expiresAt: T0 + 1_000_000 }), now + 5),
    ).toMatchObject([{ since: now, expiresAt: T0 + 1_000_000, takenFrom: { userName: 'mia' } }]);
  });

  it('that is over holds nobody up, although the alarm has not come yet', () => {
    const end = T0 + 600_000;
    expect(decide(held, reserve({ userId: theo }), end - 1).type).toBe('rejected');
    expect(reservationsAfter(held, reserve({ userId: theo, since: end }), end)).toMatchObject([
      { userId: theo, takenFrom: null },
    ]);
    expect(decide(held, release(mia), end)).toMatchObject({ type: 'rejected', reason: 'not reserved' });
    const enqueued = accepted(decide(held, { type: 'enqueue', jobs: [job(1)] }, end));
    expect(enqueued.effects).toEqual([{ type: 'offer', targetId: targetId(1) }]);
  });

  it('of a device on which a job runs takes effect with its end', () => {
    const busy = hostState({ jobs: [runningJob(1), job(2)] });
    const reserved = accepted(decide(busy, reserve(), now)).state;
    expect(deviceHolds(reserved)).toMatchObject([
      { job: { targetId: targetId(1) }, reservation: { userName: 'mia' }, waiting: 1 },
    ]);
    const ended = accepted(decide(reserved, { type: 'job_result', result: result(1) }, now));
    expect(ended.effects).toEqual([{ type: 'acknowledge', targetId: targetId(1), attempt: 1 }]);
    expect(deviceHolds(ended.state)).toMatchObject([{ job: null, reservation: { userName: 'mia' }, waiting: 1 }]);
    expect(accepted(decide(ended.state, release(mia), now)).effects).toEqual([
      { type: 'offer', targetId: targetId(2) },
    ]);
  });

  it('that changes hands changes what jobs wait for', () => {
    const waiting = hostState({ jobs: [job(1)], reservations: [reservation()] });
    const taken = accepted(decide(waiting, reserve({ userId: theo, userName: 'theo' }, true), now)).state;
    expect(taken.jobs[0]?.waitingFor).toBe('device reserved by theo until 2026-03-01T12:15:00Z');
  });
});

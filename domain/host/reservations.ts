/** What people may do with the reservations of devices. Pure; called by `decide` alone. */
import type { UserId } from '#protocol/ids.ts';
import type { Millis } from '../millis.ts';
import type { HostDecision, HostState, Reservation } from './host-state.ts';
import { describeWait } from './waiting-for.ts';

export const reservationOf = (state: HostState, deviceKey: string): Reservation | null =>
  state.reservations.find((one) => one.deviceKey === deviceKey) ?? null;

/** Without those whose time is over, whoever looks first: the alarm, or a command that comes before it. */
export const withoutEndedReservations = (state: HostState, now: Millis): HostState =>
  state.reservations.some((one) => one.expiresAt <= now)
    ? { ...state, reservations: state.reservations.filter((one) => one.expiresAt > now) }
    : state;

const rejected = (reason: string): HostDecision => ({ type: 'rejected', reason, effects: [] });
const refusedBy = (held: Reservation): HostDecision => rejected(describeWait.reserved(held.userName, held.expiresAt));

const withReservation = (state: HostState, held: Reservation | null, next: Reservation | null): HostDecision => ({
  type: 'accepted',
  effects: [],
  state: {
    ...state,
    reservations: [...state.reservations.filter((one) => one !== held), ...(next === null ? [] : [next])],
  },
});

/**
 * Reserving again extends: the end and the reason are new, the start stays, also of one that was taken over. A device on which
 * a job runs can be reserved: the job goes on, and the next one waits.
 */
export const reserve = (state: HostState, asked: Reservation, takeOver: boolean): HostDecision => {
  const held = reservationOf(state, asked.deviceKey);
  if (held === null) return withReservation(state, null, asked);
  if (held.userId === asked.userId)
    return withReservation(state, held, { ...asked, since: held.since, takenFrom: held.takenFrom });
  if (!takeOver) return refusedBy(held);
  const takenFrom = { userId: held.userId, userName: held.userName };
  return withReservation(state, held, { ...asked, takenFrom });
};

/** `force` ends another person's. */
export const releaseReservation = (
  state: HostState,
  { deviceKey, userId, force }: { deviceKey: string; userId: UserId; force: boolean },
): HostDecision => {
  const held = reservationOf(state, deviceKey);
  if (held === null) return rejected('not reserved');
  return held.userId === userId || force ? withReservation(state, held, null) : refusedBy(held);
};

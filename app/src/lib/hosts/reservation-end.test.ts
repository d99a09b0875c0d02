import { expect, test } from 'vitest';
import { MAX_RESERVATION_SECONDS } from '#protocol/limits.ts';
import { localInput, reservationEnd } from './reservation-end.ts';

const now = new Date(2026, 2, 1, 17, 30).getTime();
const at = (...parts: [number, number, number, number, number]): number => new Date(...parts).getTime();

test.each([
  ['30m', 1800],
  ['1h', 3600],
  ['4h', 14_400],
] as const)('%s is counted from now on', (choice, seconds) => {
  expect(reservationEnd(choice, '', now)).toEqual({ ok: true, at: now + seconds * 1000, seconds });
});

test('tomorrow is the next day at eight, also when it is early', () => {
  expect(reservationEnd('tomorrow', '', now)).toMatchObject({ at: at(2026, 2, 2, 8, 0) });
  expect(reservationEnd('tomorrow', '', at(2026, 2, 1, 0, 5))).toMatchObject({ at: at(2026, 2, 2, 8, 0) });
  expect(reservationEnd('tomorrow', '', at(2026, 11, 31, 23, 59))).toMatchObject({ at: at(2027, 0, 1, 8, 0) });
});

test('a time of one’s own is taken up to a week from now', () => {
  const week = now + MAX_RESERVATION_SECONDS * 1000;
  expect(reservationEnd('custom', localInput(week), now)).toMatchObject({ ok: true, seconds: MAX_RESERVATION_SECONDS });
  expect(reservationEnd('custom', localInput(week + 60_000), now)).toMatchObject({ ok: false });
  expect(reservationEnd('custom', localInput(now), now)).toMatchObject({ ok: false, message: 'This is in the past.' });
  expect(reservationEnd('custom', '', now)).toMatchObject({ ok: false, message: 'Choose a date and a time.' });
});

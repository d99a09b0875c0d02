/** Until when a device is to be reserved, as people choose it, in the time zone of whoever chooses. Pure. */
import { MAX_RESERVATION_SECONDS } from '#protocol/limits.ts';

export type EndChoice = '30m' | '1h' | '4h' | 'tomorrow' | 'custom';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** When the next working day begins. */
const MORNING_HOUR = 8;

export const endChoices: readonly { value: EndChoice; label: string }[] = [
  { value: '30m', label: '30 min' },
  { value: '1h', label: '1 h' },
  { value: '4h', label: '4 h' },
  { value: 'tomorrow', label: 'Tomorrow 8:00' },
  { value: 'custom', label: 'Custom' },
];

const tomorrowMorning = (now: number): number => {
  const today = new Date(now);
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() + 1, MORNING_HOUR).getTime();
};

/** `custom` is the text of a `datetime-local` field. NaN when it says no time. */
const endOf = (choice: EndChoice, custom: string, now: number): number => {
  switch (choice) {
    case '30m':
      return now + 30 * MINUTE;
    case '1h':
      return now + HOUR;
    case '4h':
      return now + 4 * HOUR;
    case 'tomorrow':
      return tomorrowMorning(now);
    case 'custom':
      return new Date(custom).getTime();
  }
};

export type ReservationEnd = { ok: true; at: number; seconds: number } | { ok: false; message: string };

export const reservationEnd = (choice: EndChoice, custom: string, now: number): ReservationEnd => {
  const at = endOf(choice, custom, now);
  const seconds = Math.ceil((at - now) / 1000);
  if (Number.isNaN(at)) return { ok: false, message: 'Choose a date and a time.' };
  if (seconds < 1) return { ok: false, message: 'This is in the past.' };
  if (seconds > MAX_RESERVATION_SECONDS) return { ok: false, message: 'A week from now is the most.' };
  return { ok: true, at, seconds };
};

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** What a `datetime-local` field shows for an instant. */
export const localInput = (at: number): string => {
  const date = new Date(at);
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join('-');
  return `${day}T${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
};

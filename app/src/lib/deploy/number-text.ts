/** Numbers as typed: half-typed ones stay text, and the schema says what is wrong with them. */
import { formatElapsed } from '../format/time.ts';

export const textOrNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

export const wholeNumber = (text: string): number | string =>
  /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : text.trim();

export const wholeNumberOrNull = (text: string): number | string | null =>
  text.trim() === '' ? null : wholeNumber(text);

/** A count of something, or a percentage of all: `5` or `10%`. */
export const countOrPercent = (text: string): { count: number | string } | { percent: number } => {
  const percent = /^\s*(\d{1,3})\s*%\s*$/.exec(text)?.[1];
  return percent === undefined ? { count: wholeNumber(text) } : { percent: Number(percent) };
};

/** Seconds are exact, but nobody reads 86400 as a day. */
export const inWords = (seconds: string): string =>
  /^\d{1,9}$/.test(seconds) ? `= ${formatElapsed(Number(seconds) * 1000)}` : 'in seconds';

const BYTES_PER_UNIT: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** `500 KB`, `2 MB` or a plain number, in bytes; null when nothing is said; what cannot be read stays text. */
export const bytesOf = (text: string): number | string | null => {
  if (text.trim() === '') return null;
  const match = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*([kmg]?)b?(?:\/s)?\s*$/i.exec(text);
  const unit = BYTES_PER_UNIT[(match?.[2] ?? '').toLowerCase()];
  return match === null || unit === undefined ? text.trim() : Math.round(Number(match[1]) * unit);
};

/** What `bytesOf` reads back to exactly these bytes. */
export const bytesText = (bytes: number | null): string => {
  if (bytes === null) return '';
  if (bytes % 1e6 === 0) return `${bytes / 1e6} MB`;
  return bytes % 1e3 === 0 ? `${bytes / 1e3} KB` : String(bytes);
};

/**
 * One field of a cron expression: lists of values, ranges and steps, as cronie takes them. Beyond cronie a range may wrap
 * (`22-6`, `FRI-MON`): it is written out around the end of the field, and a step then takes every N-th of what was written.
 */

export type CronField = {
  name: string;
  min: number;
  max: number;
  /** Names of the values from `min` on. */
  names: readonly string[];
  /** Sunday is 0 and 7: a value that is only another word for `min`. */
  alias: number | null;
  takes: string;
};

const field = (name: string, min: number, max: number, range: string, step: number): CronField => ({
  name,
  min,
  max,
  names: [],
  alias: null,
  takes: `takes ${min}-${max}, *, ranges such as ${range}, steps such as */${step}, and lists of these with commas`,
});

export const MINUTE_FIELD = field('minute', 0, 59, '10-20', 5);
export const HOUR_FIELD = field('hour', 0, 23, '9-17', 2);
export const DAY_OF_MONTH_FIELD = field('day-of-month', 1, 31, '1-7', 2);
export const MONTH_FIELD: CronField = {
  ...field('month', 1, 12, '6-8', 3),
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  takes: 'takes 1-12, JAN-DEC, *, ranges such as NOV-FEB, steps such as */3, and lists of these with commas',
};
export const DAY_OF_WEEK_FIELD: CronField = {
  ...field('day-of-week', 0, 7, '1-5', 2),
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
  alias: 7,
  takes: 'takes 0-7 (0 and 7 are Sunday), SUN-SAT, *, ranges such as MON-FRI, steps such as */2, and lists of these',
};

export type ParsedField = { ok: true; values: ReadonlySet<number> } | { ok: false; message: string };

type Written = { ok: true; values: number[] } | { ok: false; message: string };

const TERM = /^(?:(?<all>\*)|(?<low>\d+|[A-Za-z]+)(?:-(?<high>\d+|[A-Za-z]+))?)(?:\/(?<step>\d+))?$/;

const refused = (of: CronField, message: string) => ({ ok: false, message: `${of.name}: ${message}` }) as const;

const valueNamed = (of: CronField, text: string): number | null => {
  if (!/^\d/.test(text)) {
    const index = of.names.indexOf(text.toUpperCase());
    return index < 0 ? null : of.min + index;
  }
  const value = Number(text);
  return value < of.min || value > of.max ? null : value;
};

const from = (low: number, high: number): number[] => Array.from({ length: high - low + 1 }, (_, index) => low + index);

const rangeOf = (of: CronField, low: number, high: number): number[] => {
  if (low <= high) return from(low, high);
  const first = low === of.alias ? of.min : low;
  // On the way round Sunday comes once, and not as 7 and again as 0.
  const last = of.alias === null ? of.max : of.alias - 1;
  return first <= high ? from(first, high) : [...from(first, last), ...from(of.min, high)];
};

const writtenOut = (of: CronField, text: string): Written => {
  const { all, low, high, step } = TERM.exec(text)?.groups ?? {};
  const first = all === undefined ? valueNamed(of, low ?? '') : of.min;
  const last = all === undefined ? valueNamed(of, high ?? low ?? '') : of.max;
  if (first === null || last === null) return refused(of, `"${text}" is not known here; ${of.takes}`);
  if (step === undefined) return { ok: true, values: rangeOf(of, first, last) };
  if (all === undefined && high === undefined)
    return refused(of, `"${text}" has a step without a range; write ${low}-${of.max}/${step}; ${of.takes}`);
  const every = Number(step);
  if (every < 1 || every > of.max) return refused(of, `the step of "${text}" must be from 1 to ${of.max}; ${of.takes}`);
  return { ok: true, values: rangeOf(of, first, last).filter((_, index) => index % every === 0) };
};

export const parseField = (of: CronField, text: string): ParsedField => {
  const values = new Set<number>();
  for (const term of text.split(',')) {
    const written = writtenOut(of, term);
    if (!written.ok) return written;
    for (const value of written.values) values.add(value === of.alias ? of.min : value);
  }
  return { ok: true, values };
};

/**
 * A second opinion on when jobs run: minute by minute over what `Intl` says the clock shows, with the state machine of cronie's
 * main loop. Deliberately without any code of what it judges, and slow.
 */
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const THREE_HOURS_IN_MINUTES = 180;

/** A job as sets of values: what its expression means was decided when it was made. */
export type OracleJob = {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  daysOfMonth: ReadonlySet<number>;
  months: ReadonlySet<number>;
  daysOfWeek: ReadonlySet<number>;
  eitherDay: boolean;
  wildcard: boolean;
};

/** Instants in minutes since 1970, no earlier, and what the clock shows then, in minutes of the same count. */
export type Tick = { instant: number; wall: number };

export const clockOf = (zone: string): ((at: number) => number) => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = format.format(at).split(/\D+/).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute) / MINUTE;
  };
};

/** Instants at which the clock of a zone jumps, in whole minutes; `to` and `from` are instants. */
export const jumpsOf = (zone: string, from: number, to: number): number[] => {
  const clock = clockOf(zone);
  const ahead = (at: number) => clock(at) - at / MINUTE;
  const jumps: number[] = [];
  let today = ahead(from);
  for (let at = from; at < to; at += DAY) {
    const before = today;
    today = ahead(at + DAY);
    if (before === today) continue;
    let low = at;
    let high = at + DAY;
    while (high - low > MINUTE) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE) * MINUTE;
      if (ahead(middle) === before) low = middle;
      else high = middle;
    }
    jumps.push(high);
  }
  return jumps;
};

export const ticksOf = (zone: string, from: number, to: number): Tick[] => {
  const clock = clockOf(zone);
  const ticks: Tick[] = [];
  for (let at = from; at <= to; at += MINUTE) ticks.push({ instant: at / MINUTE, wall: clock(at) });
  return ticks;
};

const matches = (job: OracleJob, wall: number): boolean => {
  if (!job.minutes.has(wall % 60) || !job.hours.has(Math.floor(wall / 60) % 24)) return false;
  const date = new Date(wall * MINUTE);
  if (!job.months.has(date.getUTCMonth() + 1)) return false;
  const ofMonth = job.daysOfMonth.has(date.getUTCDate());
  const ofWeek = job.daysOfWeek.has(date.getUTCDay());
  return job.eitherDay ? ofMonth || ofWeek : ofMonth && ofWeek;
};

const anyMatches = (job: OracleJob, from: number, to: number): boolean => {
  for (let wall = from; wall <= to; wall++) if (matches(job, wall)) return true;
  return false;
};

/**
 * The instants, in milliseconds, at which the job runs during the ticks. The first tick only sets the clock. Two differences
 * from cronie are wanted: times skipped together run once, and a jump of exactly three hours is still a change of the clock.
 */
export const runsDuring = (job: OracleJob, ticks: readonly Tick[]): number[] => {
  const runs: number[] = [];
  // Jobs for all times up to this one have run: cronie's "virtual time".
  let caughtUp = ticks[0]?.wall ?? 0;
  for (const { instant, wall } of ticks.slice(1)) {
    const jump = wall - caughtUp - 1;
    let due: boolean;
    if (jump === 0 || Math.abs(jump) > THREE_HOURS_IN_MINUTES) {
      due = matches(job, wall);
      caughtUp = wall;
    } else if (jump > 0) {
      due = job.wildcard ? matches(job, wall) : anyMatches(job, caughtUp + 1, wall);
      caughtUp = wall;
    } else {
      due = job.wildcard && matches(job, wall);
    }
    if (due) runs.push(instant * MINUTE);
  }
  return runs;
};

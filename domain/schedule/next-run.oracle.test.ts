/** The next run against a second opinion, around the changes of the clock of all zones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRun } from './next-run.ts';
import { anyJob, type Job, jobsNear } from './testing/cron-jobs.ts';
import { jumpsOf, runsDuring, type Tick, ticksOf } from './testing/cron-oracle.ts';
import { type Timing, timingOf } from './timing.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Before it lies more than the longest change; behind it, all that a change repeats. */
const BEFORE = 3.5 * HOUR;
const AFTER = 4.5 * HOUR;

const TEN_YEARS: [number, number] = [Date.UTC(2016, 0, 1), Date.UTC(2027, 0, 1)];

type Jump = { zone: string; at: number };

const jumpsIn = (zones: readonly string[], [from, to]: [number, number]): Jump[] =>
  zones.flatMap((zone) => jumpsOf(zone, from, to).map((at) => ({ zone, at })));

const timing = ({ expression }: Job, zone: string): Timing | null => {
  const timed = timingOf({ type: 'cron', cron_expression: expression }, zone);
  return timed.ok ? timed.timing : null;
};

/** All runs after `from` and up to `to`, one call for each. */
const runsBetween = (of: Timing, from: number, to: number): number[] => {
  const runs: number[] = [];
  let at = nextRun(of, from);
  while (at !== null && at <= to) {
    runs.push(at);
    at = nextRun(of, at);
  }
  return runs;
};

const readable = (runs: readonly number[]): string[] => runs.map((at) => new Date(at).toISOString());

const compare = (job: Job, zone: string, ticks: readonly Tick[]): void => {
  const first = ticks.at(0);
  const last = ticks.at(-1);
  const of = timing(job, zone);
  if (first === undefined || last === undefined || of === null) return;
  const mine = runsBetween(of, first.instant * MINUTE, last.instant * MINUTE);
  const theirs = runsDuring(job, ticks);
  // Making the message of an expectation takes longer than the comparison.
  if (mine.join() !== theirs.join()) expect(readable(mine), `${job.expression} in ${zone}`).toEqual(readable(theirs));
};

const compareAround = ({ zone, at }: Jump, wanted: (job: number) => boolean = () => true): void => {
  const ticks = ticksOf(zone, at - BEFORE, at + AFTER);
  const after = ticks.findIndex(({ instant }) => instant * MINUTE === at);
  const clockAfter = ticks[after]?.wall ?? 0;
  const clockBefore = (ticks[after - 1]?.wall ?? 0) + 1;
  const jobs = jobsNear(clockBefore, clockAfter).filter((_, job) => wanted(job));
  for (const job of jobs) compare(job, zone, ticks);
};

/** Six changes are three of either direction, in which a third of the jobs each time makes all of them. */
const OFTEN = 6;

/** Zones that change their clock again and again see the jobs in turn, or the test would take minutes. */
const compareAroundAll = (jumps: readonly Jump[]): void => {
  for (const ofZone of Map.groupBy(jumps, ({ zone }) => zone).values())
    for (const [index, jump] of ofZone.entries())
      compareAround(jump, (job) => ofZone.length < OFTEN || (job + index) % 3 === 0);
};

const recent = jumpsIn(Intl.supportedValuesOf('timeZone'), TEN_YEARS);

describe('the next run is what cron would do', () => {
  it('around every change of any zone in ten years, for jobs of fixed times and jobs that follow the clock', () => {
    expect(recent.length).toBeGreaterThan(2000);
    compareAroundAll(recent);
  }, 240_000);

  it('around older changes of zones that were changed in unusual ways', () => {
    const zones = [
      'Pacific/Apia',
      'Pacific/Kwajalein',
      'Pacific/Kiritimati',
      'Pacific/Fakaofo',
      'America/Sao_Paulo',
      'America/St_Johns',
      'America/Havana',
      'Asia/Beirut',
      'Asia/Amman',
      'Asia/Pyongyang',
      'Asia/Kathmandu',
      'Africa/Cairo',
      'Australia/Lord_Howe',
      'Antarctica/Casey',
      'Antarctica/Troll',
    ];
    const jumps = jumpsIn(zones, [Date.UTC(1990, 0, 1), Date.UTC(2016, 0, 1)]);
    expect(jumps.length).toBeGreaterThan(300);
    for (const jump of jumps) compareAround(jump);
  }, 120_000);

  it('for any expression around any of these changes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...recent),
        fc.array(anyJob, { minLength: 4, maxLength: 4 }),
        ({ zone, at }, jobs) => {
          const ticks = ticksOf(zone, at - BEFORE, at + AFTER);
          for (const job of jobs) compare(job, zone, ticks);
        },
      ),
      { seed: 20_261_128, numRuns: 300 },
    );
  }, 120_000);

  it('from any moment near a change, also within a gap or an hour that comes twice', () => {
    const minutes = fc.integer({ min: -200, max: 260 });
    fc.assert(
      fc.property(
        fc.constantFrom(...recent),
        anyJob,
        minutes,
        fc.integer({ min: 0, max: 59_999 }),
        (jump, job, past, millis) => {
          const { zone, at } = jump;
          const from = at + past * MINUTE + millis;
          const of = timing(job, zone);
          if (of === null) return;
          const [theirs] = runsDuring(job, ticksOf(zone, at - BEFORE, at + AFTER)).filter((run) => run > from);
          const mine = nextRun(of, from);
          if (theirs === undefined) expect(mine ?? Number.POSITIVE_INFINITY).toBeGreaterThan(at + AFTER);
          else expect(mine).toBe(theirs);
        },
      ),
      { seed: 20_261_129, numRuns: 800 },
    );
  }, 120_000);

  it('for any expression over three days anywhere', () => {
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/New_York', 'Pacific/Chatham');
    const start = fc.integer({ min: 0, max: 20_000 }).map((days) => days * DAY);
    fc.assert(
      fc.property(zone, start, fc.array(anyJob, { minLength: 5, maxLength: 5 }), (name, from, jobs) => {
        const ticks = ticksOf(name, from, from + 3 * DAY);
        for (const job of jobs) compare(job, name, ticks);
      }),
      { seed: 20_261_130, numRuns: 30 },
    );
  }, 120_000);
});

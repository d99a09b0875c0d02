import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isEndedSchedule } from '#protocol/states.ts';
import type { Millis } from '../millis.ts';
import { nextRun } from './next-run.ts';
import { nextWake } from './next-wake.ts';
import type { Definition, LedgerChange } from './schedule-state.ts';
import { Simulation, type Stretch } from './simulation.ts';
import { definition, MINUTE_MS, once } from './test-schedule.ts';
import { timingOf } from './timing.ts';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BEGIN = Date.parse('2026-03-27T22:10:17.250Z');

/** Every instant of a stretch, walked apart from the rules. */
const instantsIn = ({ from, to, definition: { recurrence, timezone, startAt, endAt } }: Stretch): Millis[] => {
  const made = timingOf(recurrence, timezone);
  if (!made.ok) throw new Error(made.issues.map(({ message }) => message).join('; '));
  const found: Millis[] = [];
  for (let at = nextRun(made.timing, from); at !== null && at <= to; at = nextRun(made.timing, at))
    if (at >= (startAt ?? at) && at <= (endAt ?? at)) found.push(at);
  return found;
};

const isRange = (entry: LedgerChange): entry is LedgerChange & { until: Millis } => entry.until !== null;

/** Each scheduled instant is answered for once, and nothing else is. */
const expectWholeLedger = (simulation: Simulation): void => {
  const entries = [...simulation.ledger.values()].filter(({ kind }) => kind !== 'manual');
  const ranges = entries.filter(isRange);
  const single = new Map(entries.filter((entry) => !isRange(entry)).map((entry) => [entry.scheduledAt, entry]));
  const instants = new Set<Millis>();
  for (const stretch of simulation.stretches)
    for (const at of instantsIn(stretch)) {
      instants.add(at);
      const covering = ranges.filter(({ scheduledAt, until }) => scheduledAt <= at && at <= until);
      const own = single.get(at);
      if ((own === undefined ? 0 : 1) + covering.length !== 1)
        throw new Error(`${new Date(at).toISOString()} is answered for ${covering.length} times, and ${own?.outcome}`);
      const answer = own ?? covering[0];
      if (stretch.paused) expect(answer).toMatchObject({ outcome: 'skipped', reason: 'Schedule paused' });
    }
  for (const { scheduledAt } of entries) expect(instants.has(scheduledAt)).toBe(true);
};

const expectFiredOnce = ({ deployments }: Simulation): void => {
  const instants = deployments.map(({ scheduledAt }) => scheduledAt);
  expect(new Set(instants).size).toBe(instants.length);
};

const expectQuietEnd = (simulation: Simulation): void => {
  if (simulation.state === null || !isEndedSchedule(simulation.state.status)) return;
  expect(nextWake(simulation.state)).toBeNull();
  const before = simulation.deployments.length;
  const open = simulation.state.runs.filter(({ startedAt }) => startedAt === null).length;
  simulation.pass(400 * DAY_MS);
  expect(simulation.deployments.length - before).toBeLessThanOrEqual(open);
};

const fixed: readonly Definition['recurrence'][] = [
  { type: 'daily', time: '02:30' },
  { type: 'weekly', days: [0, 3], time: '23:59' },
  { type: 'monthly', day_of_month: 'last', time: '01:15' },
];

const recurrence: fc.Arbitrary<Definition['recurrence']> = fc.oneof(
  fc
    .constantFrom(
      '* * * * *',
      '*/7 * * * *',
      '0 22-6 * * *',
      '30 2 * * *',
      '15 */3 * * 1-5',
      '0 0 31 * *',
      '*/20 1-3 29,30 * *',
    )
    .map((cron_expression) => ({ type: 'cron' as const, cron_expression })),
  fc.constantFrom(...fixed),
  fc.integer({ min: -2, max: 72 }).map((hours) => once(BEGIN + hours * HOUR_MS)),
);

const definedAt = (version: number): fc.Arbitrary<Definition> =>
  fc
    .record({
      recurrence,
      timezone: fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe'),
      startAt: fc.option(fc.integer({ min: 0, max: 2000 }).map((minutes) => BEGIN + minutes * MINUTE_MS)),
      endAt: fc.option(fc.integer({ min: 0, max: 30_000 }).map((minutes) => BEGIN + minutes * MINUTE_MS)),
      max_executions: fc.option(fc.integer({ min: 1, max: 12 })),
      count: fc.constantFrom('runs' as const, 'successes' as const),
      overlap: fc.constantFrom('queue_one' as const, 'skip' as const),
      misfire: fc.constantFrom('run_once' as const, 'skip' as const),
    })
    .map((fields) => definition({ ...fields, version }));

/** Thousands of firings each: many seconds when the machine is busy with other things. */
vi.setConfig({ testTimeout: 60_000 });

type Step = (simulation: Simulation) => void;
const duration = fc.oneof(
  fc.integer({ min: 0, max: 5 * MINUTE_MS }),
  fc.integer({ min: 0, max: 3 * HOUR_MS }),
  fc.integer({ min: 0, max: 4 * DAY_MS }),
);
/** Versions are drawn at random, so old edits come as well. */
const edited = fc.integer({ min: 2, max: 9 }).chain(definedAt);

const peopleAndTime: fc.Arbitrary<Step>[] = [
  duration.map((ms) => (one) => one.pass(ms)),
  duration.map((ms) => (one) => one.pass(ms)),
  duration.map((ms) => (one) => one.outage(ms)),
  edited.map((changed) => (one) => one.say({ type: 'define', definition: changed })),
  fc.constantFrom('pause' as const, 'resume' as const).map((type) => (one) => one.say({ type })),
  fc.constant((one) => one.execute()),
  fc.boolean().map((isDown) => (one) => {
    one.isRecordDown = isDown;
  }),
];
const rarely = fc.oneof(
  { weight: 40, arbitrary: fc.oneof(...peopleAndTime) },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (isRemoved): Step =>
        (one) =>
          one.say(isRemoved ? { type: 'remove' } : { type: 'stop', reason: null }),
    ),
  },
);

const clockJump: fc.Arbitrary<Step> = fc.integer({ min: -6 * HOUR_MS, max: 6 * HOUR_MS }).map((ms) => (one) => {
  one.now += ms;
  one.tick();
});

const histories = (step: fc.Arbitrary<Step>) =>
  fc.record({
    seed: fc.integer(),
    first: definedAt(1),
    steps: fc.array(step, { maxLength: 40 }),
    longest: fc.constantFrom(20_000, 10 * MINUTE_MS),
  });

type History = { seed: number; first: Definition; steps: Step[]; longest: number };

const played = ({ seed, first, steps, longest }: History): Simulation => {
  const simulation = new Simulation(BEGIN, seed, longest);
  simulation.say({ type: 'define', definition: first });
  for (const step of steps) step(simulation);
  return simulation;
};

describe('whatever people do, and whatever fails', () => {
  it('each scheduled instant is answered for once, none fires twice, limits hold and an end is an end', () => {
    fc.assert(
      fc.property(histories(rarely), (history) => {
        const simulation = played(history);
        simulation.close();
        expectWholeLedger(simulation);
        expectFiredOnce(simulation);
        expectQuietEnd(simulation);
      }),
      { numRuns: 250, seed: 20_260_301 },
    );
  });

  it('a clock that jumps forward and back fires nothing twice', () => {
    fc.assert(
      fc.property(histories(fc.oneof(rarely, clockJump)), (history) => {
        const simulation = played(history);
        expectFiredOnce(simulation);
        expectQuietEnd(simulation);
      }),
      { numRuns: 250, seed: 20_260_302 },
    );
  });
});

describe('three years in a zone', () => {
  const years: [string, Partial<Definition>][] = [
    [
      'every hour in New York',
      { recurrence: { type: 'cron', cron_expression: '10 * * * *' }, timezone: 'America/New_York' },
    ],
    [
      'daily in the hour that Paris skips and repeats',
      { recurrence: { type: 'daily', time: '02:30' }, timezone: 'Europe/Paris' },
    ],
    [
      'at night in Lord Howe',
      { recurrence: { type: 'cron', cron_expression: '*/30 22-6 * * *' }, timezone: 'Australia/Lord_Howe' },
    ],
    [
      'weekly in Santiago',
      { recurrence: { type: 'weekly', days: [0, 6], time: '00:00' }, timezone: 'America/Santiago' },
    ],
    [
      'on the last of each month in Cairo',
      { recurrence: { type: 'monthly', day_of_month: 'last', time: '00:30' }, timezone: 'Africa/Cairo' },
    ],
    [
      'until 500 successes',
      { recurrence: { type: 'cron', cron_expression: '5 */2 * * *' }, max_executions: 500, count: 'successes' },
    ],
    [
      'until an end date',
      {
        recurrence: { type: 'cron', cron_expression: '0 9-17 * * 1-5' },
        timezone: 'Europe/London',
        endAt: BEGIN + 700 * DAY_MS,
      },
    ],
  ];
  for (const [name, defined] of years)
    it(`${name}: every instant is answered for once, through outages and pauses`, () => {
      const simulation = new Simulation(BEGIN, 7, 25 * MINUTE_MS);
      simulation.say({ type: 'define', definition: definition(defined) });
      for (let month = 0; month < 36; month++) {
        simulation.pass(20 * DAY_MS + 13 * MINUTE_MS);
        simulation.outage((month % 5) * 3 * HOUR_MS + 7 * MINUTE_MS);
        simulation.isRecordDown = true;
        simulation.pass(2 * HOUR_MS);
        simulation.isRecordDown = false;
        simulation.say({ type: 'pause' });
        simulation.pass((month % 3) * DAY_MS);
        simulation.say({ type: 'resume' });
        simulation.pass(9 * DAY_MS);
      }
      simulation.close();
      expectWholeLedger(simulation);
      expectFiredOnce(simulation);
      expect(simulation.deployments.length).toBeGreaterThan(25);
      expectQuietEnd(simulation);
    });
});

/** What a person changes about a schedule of every minute holds at once: real minutes pass to see it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Schedule } from '#protocol/http/schedules.ts';
import { type Enrolled, World } from '../support/world.ts';
import { command, EVERY_MINUTE, iso, MINUTE_MS, nextMinute, noteRun, ScheduleLab, until } from './schedule-lab.ts';

/** Between two firings, so that what ends there has had one and would have had the other. */
const END_AFTER_MS = 20_000;
/** An end date is noticed by an alarm; this is what that and its record take on a busy machine. */
const EXPIRED_WITHIN_MS = 3000;
/** Of a minute that must stay without a firing: one that came would be there long before. */
const SETTLED_MS = 10_000;

const NEVER_TODAY = { type: 'monthly' as const, day_of_month: 1, time: '00:00' };

/** One for each schedule, on a device of its own: none waits for another. */
const NAMES = ['paused', 'stopped', 'deleted', 'postponed', 'brought-forward', 'steady', 'ending', 'limited', 'later'];

let world: World;
let lab: ScheduleLab;
let host: Enrolled;
/** The minutes that pass. */
let first: number;
let second: number;
const schedules = new Map<string, Schedule>();

const make = async (name: string, changes: object = {}): Promise<void> => {
  const request = { name, action: command(noteRun(name)), device_ids: [lab.deviceOf(host, name)], ...changes };
  schedules.set(name, await lab.everyMinute(request));
};

const idOf = (name: string) => {
  const schedule = schedules.get(name);
  if (schedule === undefined) throw new Error(`no schedule ${name}`);
  return schedule.id;
};

const scheduled = (at: number) => ({ kind: 'scheduled', scheduled_at: iso(at) });

beforeAll(async () => {
  world = await World.start();
  lab = new ScheduleLab(world);
  host = await lab.enroll('lab-1', NAMES);
  first = await nextMinute(15_000);
  second = first + MINUTE_MS;
  const limits: Record<string, object> = {
    ending: { end_date: iso(first + END_AFTER_MS) },
    limited: { max_executions: 1 },
    later: { start_date: iso(second) },
  };
  await Promise.all(NAMES.map((name) => make(name, limits[name])));
  await lab.edit(idOf('brought-forward'), { recurrence: NEVER_TODAY });
  await lab.edit(idOf('brought-forward'), { recurrence: EVERY_MINUTE });
  expect(Date.now(), 'all were there well before the first minute').toBeLessThan(first - 1000);
  await lab.control(idOf('paused'), 'pause');
  await lab.control(idOf('stopped'), 'stop');
  expect((await world.call('DELETE', `/schedules/${idOf('deleted')}`)).status).toBe(204);
  await lab.edit(idOf('postponed'), { recurrence: NEVER_TODAY });
  expect(Date.now(), 'all were told before the first minute').toBeLessThan(first);
  await until(first + SETTLED_MS);
}, 120_000);
afterAll(() => world.stop());

const done = (at: number) => ({ ...scheduled(at), status: 'completed' });

it('a schedule that nobody touches runs at its minute', () => lab.untilExecutions(idOf('steady'), [done(first)]));

it('one that was paused, stopped, deleted or edited to another time does not fire at the minute after', async () => {
  expect(Date.now()).toBeGreaterThanOrEqual(first + SETTLED_MS);
  for (const name of ['paused', 'stopped', 'deleted', 'postponed']) expect(lab.runs(name), name).toEqual([]);
  for (const name of ['paused', 'stopped', 'postponed']) expect(await lab.executions(idOf(name)), name).toEqual([]);
  expect(await lab.get(idOf('paused'))).toMatchObject({ status: 'paused', next_run_at: null });
  expect(await lab.get(idOf('stopped'))).toMatchObject({ status: 'stopped', next_run_at: null });
});

it('one that was edited to an earlier time fires at that time', () =>
  lab.untilExecutions(idOf('brought-forward'), [done(first)]));

it('one that may run once has completed with its run, and fires no more', async () => {
  await lab.untilState(idOf('limited'), {
    status: 'completed',
    status_reason: 'Max executions reached',
    execution_count: 1,
    next_run_at: null,
  });
});

it('one whose end date passes between two firings expires right then, not at its next firing', async () => {
  await lab.untilExecutions(idOf('ending'), [scheduled(first)]);
  // Looked at before: then the next look must wait for the alarm of the end date.
  if (Date.now() < first + END_AFTER_MS - 1000)
    expect(await lab.get(idOf('ending'))).toMatchObject({ status: 'active', next_run_at: null });
  await until(first + END_AFTER_MS);
  await lab.untilState(
    idOf('ending'),
    { status: 'expired', status_reason: 'End date reached' },
    { timeout: EXPIRED_WITHIN_MS, interval: 20 },
  );
});

it('at the next minute the resumed one and the one that starts late run, and no other that ended does', async () => {
  await lab.control(idOf('paused'), 'resume');
  await lab.edit(idOf('postponed'), { recurrence: EVERY_MINUTE });
  expect(Date.now(), 'there is time until the second minute').toBeLessThan(second);
  await until(second + SETTLED_MS);
  await lab.untilExecutions(idOf('paused'), [done(second)]);
  await lab.untilExecutions(idOf('later'), [done(second)]);
  await lab.untilExecutions(idOf('postponed'), [done(second)]);
  await lab.untilExecutions(idOf('steady'), [done(first), done(second)]);
  for (const name of ['ending', 'limited']) expect(lab.runs(name), name).toHaveLength(1);
  for (const name of ['stopped', 'deleted']) expect(lab.runs(name), name).toEqual([]);
});

it('the ledger has one entry for the minute that fell into the pause, and one for each run', async () => {
  await lab.untilLedger(idOf('paused'), [
    { ...scheduled(first), outcome: 'skipped', reason: 'Schedule paused' },
    { ...scheduled(second), outcome: 'completed', reason: null },
  ]);
  await lab.untilLedger(idOf('steady'), [
    { ...scheduled(first), outcome: 'completed' },
    { ...scheduled(second), outcome: 'completed' },
  ]);
});

it('the host’s log has a line for each change, in the words of the older systems', async () => {
  const line = (word: string) => expect.stringMatching(new RegExp(`^\\[INFO\\] \\S+ +${word}: `));
  const run = ['TRIGGERED', 'EXECUTING', 'COMPLETED'];
  const wanted: Record<string, string[]> = {
    paused: ['ADDED', 'PAUSED', 'RESUMED', ...run],
    stopped: ['ADDED', 'STOPPED'],
    deleted: ['ADDED', 'REMOVED'],
    postponed: ['ADDED', 'EDITED', 'EDITED', ...run],
    limited: ['ADDED', ...run, 'SCHEDULE COMPLETED'],
    ending: ['ADDED', ...run, 'EXPIRED'],
  };
  for (const [name, words] of Object.entries(wanted))
    await lab.untilLines(
      host.host.id,
      name,
      words.map((word) => line(word)),
    );
  await lab.untilLine(
    host.host.id,
    'limited',
    /^\[INFO\] ✅ COMPLETED: limited \| Duration: \d+\.\ds \| Success: True \| Executions: 1\/1$/,
  );
  await lab.untilAgentLogIsTheSame(host);
});

it('an agent that starts begins its log with its active schedules', async () => {
  await host.agent.stop();
  host.agent.run();
  await world.untilHost('lab-1', (one) => one.status === 'online');
  const wanted = (await lab.get(idOf('later'))).next_run_at;
  expect(wanted).not.toBeNull();
  await expect
    .poll(() => lab.hostLog(host.host.id), { timeout: 20_000, interval: 100 })
    .toMatch(/=== DEPLOYMENT SCHEDULER STARTING === Host: lab-1\n[\s\S]*\[INFO\] Active: 5\n/);
  const block = (await lab.hostLog(host.host.id)).split('=== DEPLOYMENT SCHEDULER STARTING ===').at(-1) ?? '';
  for (const name of ['paused', 'later', 'postponed', 'steady', 'brought-forward'])
    expect(block.includes(`• ${name}\n`), name).toBe(true);
  expect(block).toMatch(
    /• later\n.*Last execution: +[\d-]+ [\d:]+ UTC\n.*Next execution: +[\d-]+ [\d:]+ UTC\n.*Frequency: +\* \* \* \* \*\n.*Executions: +\d+\/∞\n/,
  );
});

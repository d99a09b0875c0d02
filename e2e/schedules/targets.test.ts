/** On which devices a schedule of every minute runs, what it leaves there, and what a person who has reserved one of them sees of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Group } from '#protocol/http/groups.ts';
import type { Schedule } from '#protocol/http/schedules.ts';
import { Reports, Script } from '#protocol/http/scripts.ts';
import { type Enrolled, World } from '../support/world.ts';
import {
  command,
  EVERY_MINUTE,
  iso,
  MINUTE_MS,
  nextMinute,
  noteRun,
  ScheduleLab,
  SOON,
  until,
} from './schedule-lab.ts';

const DEVICES = ['skipping', 'waiting', 'probed', 'left', 'right', 'member', 'newcomer'] as const;
type DeviceKey = (typeof DEVICES)[number];

/** How long the person keeps the device after the firing. */
const RESERVED_MS = 8000;
const REPORTING = `echo "probing $1 for $2"
echo '<h1>All well</h1>' > "$DEPLOYX_REPORT_DIR/index.html"
`;

let world: World;
let lab: ScheduleLab;
let host: Enrolled;
let first: number;
let probe: Schedule;
let skipping: Schedule;
let waiting: Schedule;
let eachSide: Schedule[];
let grouped: Schedule;

const deviceId = (key: DeviceKey) => lab.deviceOf(host, key);

const runOn = (key: DeviceKey, name: string = key) => ({
  name,
  action: command(noteRun(name)),
  device_ids: [deviceId(key)],
});

const reserve = async (key: DeviceKey): Promise<void> => {
  const body = { reason: 'a look at the screen', expires_in_seconds: 600 };
  expect((await world.call('POST', `/devices/${deviceId(key)}/lock`, body)).status).toBe(200);
};

beforeAll(async () => {
  world = await World.start();
  lab = new ScheduleLab(world);
  host = await lab.enroll('lab-1', DEVICES);
  const script = await world.post('/scripts', { name: 'probe', interpreter: 'sh', content: REPORTING }, Script);
  const group = await world.post('/groups', { name: 'boxes', device_ids: [deviceId('member')] }, Group);
  first = await nextMinute(10_000);
  await reserve('skipping');
  await reserve('waiting');
  skipping = await lab.everyMinute(runOn('skipping'));
  waiting = await lab.everyMinute({ ...runOn('waiting'), if_reserved: 'wait' });
  probe = await lab.everyMinute({
    action: { kind: 'script', script_id: script.id, parameters: 'screens "two words"' },
    device_ids: [deviceId('probed')],
  });
  eachSide = await lab.create({
    name: 'each',
    action: command(noteRun('each')),
    device_ids: [deviceId('left'), deviceId('right')],
    recurrence: EVERY_MINUTE,
    per_device: true,
  });
  grouped = await lab.everyMinute({ name: 'grouped', action: command(noteRun('grouped')), group_ids: [group.id] });
  // The schedule is there and knows nothing of it: the group is what it is when it fires.
  const members = { device_ids: [deviceId('newcomer')] };
  expect((await world.call('POST', `/groups/${group.id}/members`, members)).ok).toBe(true);
  expect(Date.now(), 'all were there before the first minute').toBeLessThan(first);
  await until(first);
}, 120_000);
afterAll(() => world.stop());

const done = (at: number) => ({ kind: 'scheduled', scheduled_at: iso(at), status: 'completed', success: true });
const RESERVED = /^device reserved by tester until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

it('a firing on a device that a person has reserved is skipped, and says by whom and until when', async () => {
  const skipped = { status: 'skipped', skip_reason: expect.stringMatching(RESERVED), success: null, started_at: null };
  await lab.untilExecutions(skipping.id, [skipped]);
  await lab.untilLedger(skipping.id, [{ outcome: 'skipped', reason: expect.stringMatching(RESERVED) }]);
  await lab.control(skipping.id, 'stop');
  await lab.untilLines(host.host.id, 'skipping', [
    expect.stringContaining('ADDED'),
    expect.stringMatching(/^\[WARN\] ⏭️ {2}SKIPPED: skipping \| device reserved by tester until /),
    '[INFO] ⏹️  STOPPED: skipping | Executions: 0/∞',
  ]);
  expect(lab.runs('skipping')).toEqual([]);
});

it('with if_reserved: wait the firing waits, and runs when the device is released', async () => {
  await lab.untilExecutions(waiting.id, [{ status: 'queued', started_at: null }]);
  await until(first + RESERVED_MS);
  expect(await lab.executions(waiting.id)).toMatchObject([{ status: 'queued' }]);
  expect(lab.runs('waiting')).toEqual([]);
  const releasedAt = Date.now();
  expect((await world.call('DELETE', `/devices/${deviceId('waiting')}/lock`)).status).toBe(204);
  await lab.untilExecutions(waiting.id, [done(first)]);
  const [execution] = await lab.executions(waiting.id);
  expect(Date.parse(execution?.started_at ?? '')).toBeGreaterThanOrEqual(releasedAt);
  expect(lab.runs('waiting')).toEqual([execution?.target_id]);
});

it('a script without a name of its own gets its script’s and the time, its parameters arrive, its report and log are linked', async () => {
  expect(probe.name).toMatch(/^probe_\d{6}$/);
  expect(probe.what).toBe('Run probe screens "two words"');
  await lab.untilExecutions(probe.id, [{ ...done(first), has_report: true, device_name: 'probed' }]);
  const [execution] = await lab.executions(probe.id);
  const { deployment_id, target_id } = execution ?? {};
  if (deployment_id == null || target_id == null) throw new Error('the execution is linked');
  expect(await world.log(deployment_id, target_id)).toMatch(/^probing screens for two words\n/);
  const { items } = await world.read(`/deployments/${deployment_id}/targets/${target_id}/reports`, Reports);
  expect(items).toMatchObject([{ path: 'index.html' }]);
  const report = await fetch(new URL(items[0]?.url ?? '', world.system.url));
  expect(await report.text()).toBe('<h1>All well</h1>\n');
  await lab.untilLine(
    host.host.id,
    probe.name,
    new RegExp(`^\\[INFO\\] ▶️  EXECUTING: ${probe.name} \\| Script: probe \\| Device: probed$`),
  );
});

it('one schedule per device: they have names, histories and ends of their own', async () => {
  expect(eachSide.map(({ name }) => name)).toEqual(['each on left', 'each on right']);
  const [left, right] = eachSide;
  if (left === undefined || right === undefined) throw new Error('two schedules');
  await lab.untilExecutions(left.id, [{ ...done(first), device_name: 'left' }]);
  await lab.untilExecutions(right.id, [{ ...done(first), device_name: 'right' }]);
  await lab.control(left.id, 'pause');
  const [second, now] = [first + MINUTE_MS, Date.now()];
  expect(now, 'there is time until the second minute').toBeLessThan(second);
  await until(second);
  await lab.untilExecutions(right.id, [done(first), done(second)]);
  await sleep(1000);
  expect(await lab.executions(left.id)).toHaveLength(1);
  expect(lab.runs('each')).toHaveLength(3);
});

it('a group is evaluated when the schedule fires: a device that joined before the minute is in, in one deployment', async () => {
  const atFirst = await vi.waitFor(async () => {
    const executions = (await lab.executions(grouped.id)).filter(({ scheduled_at }) => scheduled_at === iso(first));
    for (const execution of executions) expect(execution).toMatchObject(done(first));
    return executions;
  }, SOON);
  expect(atFirst.map(({ device_name }) => device_name).sort()).toEqual(['member', 'newcomer']);
  expect(new Set(atFirst.map(({ deployment_id }) => deployment_id)).size).toBe(1);
  const entry = { scheduled_at: iso(first), outcome: 'completed', deployment_id: atFirst[0]?.deployment_id };
  await expect.poll(() => lab.ledger(grouped.id), SOON).toContainEqual(expect.objectContaining(entry));
});

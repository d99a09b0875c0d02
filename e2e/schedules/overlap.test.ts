/**
 * A script that takes longer than the minute of its schedule, on a real agent: one runs, one waits, a third is skipped, and the one that
 * waited starts the moment the running one ends, well or badly. Everything that tells of it says so, as the older systems printed it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Schedule } from '#protocol/http/schedules.ts';
import { Script } from '#protocol/http/scripts.ts';
import { type Enrolled, World } from '../support/world.ts';
import { iso, logTime, MINUTE_MS, nextMinute, ScheduleLab, until } from './schedule-lab.ts';

/** From the first firing on: past the third one, as long as the guarantee says. */
const FIRST_RUN_MS = 130_000;
/** "At once": what an end, the next offer and its beginning take on a busy machine. */
const AT_ONCE_MS = 1000;
const TIMEOUT_MS = 300_000;

/** The first run of a schedule waits for the file `open`, the later ones end at once; the second argument is the first one's exit code. */
const SLOW = `echo "$DEPLOYX_TARGET_ID" >> "$HERE/$1"
echo "run of $1"
if mkdir "$HERE/$1.first"; then
  until test -e "$HERE/open"; do sleep 0.05; done
  exit "$2"
fi
`;

type Ending = { exitCode: number; status: 'completed' | 'failed'; line: RegExp };
const ENDINGS: Record<string, Ending> = {
  well: {
    exitCode: 0,
    status: 'completed',
    line: /^\[INFO\] ✅ COMPLETED: well \| Duration: 1[23]\d\.\ds \| Success: True \| Executions: 1\/∞$/,
  },
  badly: {
    exitCode: 3,
    status: 'failed',
    line: /^\[ERROR\] ❌ COMPLETED: badly \| Duration: 1[23]\d\.\ds \| Success: False \| Executions: 1\/∞ \| exited with code 3$/,
  },
};

let world: World;
let lab: ScheduleLab;
let host: Enrolled;
let first: number;
const schedules = new Map<string, Schedule>();

const scheduleOf = (name: string): Schedule => {
  const schedule = schedules.get(name);
  if (schedule === undefined) throw new Error(`no schedule ${name}`);
  return schedule;
};

const instants = (): [number, number, number] => [first, first + MINUTE_MS, first + 2 * MINUTE_MS];

beforeAll(async () => {
  world = await World.start();
  lab = new ScheduleLab(world);
  host = await lab.enroll('lab-1', Object.keys(ENDINGS));
  const script = await world.post('/scripts', { name: 'slow.sh', interpreter: 'sh', content: SLOW }, Script);
  first = await nextMinute(5000);
  for (const [name, { exitCode }] of Object.entries(ENDINGS)) {
    const action = { kind: 'script' as const, script_id: script.id, parameters: `${name} ${exitCode}` };
    const schedule = await lab.everyMinute({
      name,
      action,
      device_ids: [lab.deviceOf(host, name)],
      timeout_seconds: 600,
    });
    schedules.set(name, schedule);
  }
  expect(Date.now(), 'all were there before the first minute').toBeLessThan(first);
  const [, second, third] = instants();
  await until(second + 5000);
  for (const { id } of schedules.values())
    await lab.untilExecutions(id, [
      { status: 'running', scheduled_at: iso(first) },
      { status: 'queued', scheduled_at: iso(second), started_at: null },
    ]);
  await until(third + 5000);
  for (const { id } of schedules.values())
    await lab.untilExecutions(id, [{ status: 'running' }, { status: 'queued' }, {}]);
  await until(first + FIRST_RUN_MS);
  writeFileSync(join(lab.folder, 'open'), '');
  for (const { id } of schedules.values()) {
    await lab.untilExecutions(id, [{ success: expect.any(Boolean) }, { status: 'completed' }, {}]);
    await lab.control(id, 'stop');
  }
}, TIMEOUT_MS);
afterAll(() => world.stop());

describe.each(Object.entries(ENDINGS))(
  'a schedule of every minute whose first run takes 130 s and ends %s',
  (name, ending) => {
    it('runs, queues one, skips the third, and starts the queued one within a second of the end', async () => {
      const executions = await lab.executions(scheduleOf(name).id);
      const [at1, at2, at3] = instants();
      const of = { schedule_id: scheduleOf(name).id, device_name: name, kind: 'scheduled' };
      const error = ending.status === 'failed' ? 'exited with code 3' : null;
      expect(executions).toMatchObject([
        {
          ...of,
          scheduled_at: iso(at1),
          status: ending.status,
          success: ending.status === 'completed',
          error_message: error,
        },
        { ...of, scheduled_at: iso(at2), status: 'completed', success: true, skip_reason: null },
        { ...of, scheduled_at: iso(at3), status: 'skipped', success: null, skip_reason: 'Already queued (max 1)' },
      ]);
      const [running, queued, skipped] = executions;
      const gap = Date.parse(queued?.started_at ?? '') - Date.parse(running?.completed_at ?? '');
      expect(gap).toBeGreaterThanOrEqual(0);
      expect(gap).toBeLessThan(AT_ONCE_MS);
      expect(running?.duration_seconds).toBeGreaterThan(125);
      expect(skipped?.started_at).toBeNull();
      expect(lab.runs(name)).toEqual([running?.target_id, queued?.target_id]);
    });

    it('answers for each instant in its ledger', async () => {
      const [at1, at2, at3] = instants();
      await lab.untilLedger(scheduleOf(name).id, [
        { scheduled_at: iso(at1), kind: 'scheduled', outcome: ending.status },
        { scheduled_at: iso(at2), kind: 'scheduled', outcome: 'completed', reason: null },
        { scheduled_at: iso(at3), kind: 'scheduled', outcome: 'skipped', reason: 'Already queued (max 1)' },
      ]);
      await lab.untilState(scheduleOf(name).id, { status: 'stopped', execution_count: 2, is_running: false });
    });

    it('says it in the host’s log, line by line', async () => {
      const [at1, at2] = instants();
      const triggered = (at: number): string => `[INFO] ⚡ TRIGGERED: ${name} | Time: ${logTime(at)} UTC`;
      await lab.untilLines(host.host.id, name, [
        `[INFO] ➕ ADDED: ${name} | Frequency: * * * * * | Next execution: ${logTime(at1)} UTC`,
        triggered(at1),
        `[INFO] ▶️  EXECUTING: ${name} | Script: slow.sh | Device: ${name}`,
        triggered(at2),
        `[INFO] ⏳ QUEUED: ${name} | Will run after current execution`,
        `[WARN] ⏭️  SKIPPED: ${name} | Already queued (max 1)`,
        expect.stringMatching(ending.line),
        `[INFO] 🔄 EXECUTING QUEUED: ${name} | Queued at: ${logTime(at2)}`,
        expect.stringMatching(
          new RegExp(
            `^\\[INFO\\] ✅ COMPLETED: ${name} \\| Duration: \\d+\\.\\ds \\| Success: True \\| Executions: 2/∞$`,
          ),
        ),
        `[INFO] ⏹️  STOPPED: ${name} | Executions: 2/∞`,
      ]);
    });
  },
);

it('the agent’s own log file is the same as what the API shows of the host', () => lab.untilAgentLogIsTheSame(host));

it('an execution by hand finds the same queue: with one running and one waiting it is skipped too', async () => {
  const schedule = await lab.createOne({
    name: 'by-hand',
    recurrence: { type: 'daily', time: '00:00' },
    action: {
      kind: 'command',
      command: 'echo "$DEPLOYX_TARGET_ID" >> "$HERE/by-hand"; until test -e "$HERE/enough"; do sleep 0.05; done',
    },
    device_ids: [host.device.id],
  });
  for (let run = 0; run < 3; run++) {
    await lab.execute(schedule.id);
    await lab.untilExecutions(
      schedule.id,
      Array.from({ length: run + 1 }, () => ({ kind: 'manual' })),
    );
  }
  await lab.untilExecutions(schedule.id, [
    { status: 'running' },
    { status: 'queued' },
    { status: 'skipped', skip_reason: 'Already queued (max 1)' },
  ]);
  writeFileSync(join(lab.folder, 'enough'), '');
  await lab.untilExecutions(schedule.id, [{ status: 'completed' }, { status: 'completed' }, { status: 'skipped' }]);
  const executions = await lab.executions(schedule.id);
  expect(lab.runs('by-hand')).toEqual(executions.slice(0, 2).map(({ target_id }) => target_id));
  await lab.untilState(schedule.id, { status: 'active', execution_count: 2, next_run_at: schedule.next_run_at });
});

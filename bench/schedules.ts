/** Schedules as a client makes them, and when agents had the jobs that came of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ScheduleId } from '#protocol/ids.ts';
import type { Context } from './benchmark.ts';
import { command } from './deploy.ts';
import type { Member } from './fleet/fleet-messages.ts';
import { now, verifyWallClock } from './measure.ts';

/** The most that one request makes. */
export const MADE_AT_ONCE = 200;
/** The server tells hosts, dashboards and the record of what was made; it is done with that when it answers as fast as this. */
const AT_REST_MS = 30;
const AT_REST_WITHIN_MS = 60_000;

/** What has not come by then does not come. */
const RECEIVED_WITHIN_MS = 60_000;
const POLL_MS = 100;
/** Something that fires twice has done so by then. */
const TWICE_WITHIN_MS = 2000;

const Created = z.object({ schedules: z.array(z.object({ id: ScheduleId })) });

const untilAtRest = async ({ system }: Context): Promise<void> => {
  const deadline = now() + AT_REST_WITHIN_MS;
  while (now() < deadline) {
    const askedAt = now();
    await system.api.get('/health', z.unknown());
    if (now() - askedAt < AT_REST_MS) return;
    await sleep(POLL_MS);
  }
};

/** One schedule for each agent. The next request waits for what the one before it left to do. */
export const createSchedules = async (
  context: Context,
  members: readonly Member[],
  recurrence: unknown,
  text: string,
): Promise<ScheduleId[]> => {
  const ids: ScheduleId[] = [];
  for (let from = 0; from < members.length; from += MADE_AT_ONCE) {
    const device_ids = members.slice(from, from + MADE_AT_ONCE).map((member) => member.device_id);
    const body = { action: command(text), device_ids, recurrence, per_device: true };
    const { schedules } = await context.system.api.post('/schedules', body, Created);
    ids.push(...schedules.map(({ id }) => id));
    await untilAtRest(context);
  }
  return ids;
};

/** Of all schedules that there are. */
export const verifyActive = async ({ system }: Context, count: number): Promise<void> => {
  const { active } = await system.api.get('/schedules/stats', z.object({ active: z.int() }));
  if (active !== count) throw new Error(`${active} schedules are active instead of ${count}`);
};

/** That one agent shall have received a job of this text no earlier than `dueAt`, once. */
export type Expected = { member: Member; text: string; dueAt: number };

const keyOf = (host: string, text: string | null): string => `${host} ${text}`;

/** Milliseconds from the scheduled instant to the agent's receipt, one for each that is expected; throws when any is wrong. */
export const receivedLate = async ({ fleet }: Context, expected: readonly Expected[]): Promise<number[]> => {
  const received = new Map<string, number[]>();
  const take = async (): Promise<void> => {
    for (const { host_id, command: text, offered_at_wall } of await fleet.takeJobs()) {
      const key = keyOf(host_id, text);
      received.set(key, [...(received.get(key) ?? []), offered_at_wall]);
    }
  };
  const timesOf = ({ member, text }: Expected): number[] => received.get(keyOf(member.host_id, text)) ?? [];
  const lastDueAt = Math.max(...expected.map(({ dueAt }) => dueAt));
  const deadline = now() + Math.max(0, lastDueAt - Date.now()) + RECEIVED_WITHIN_MS;
  do {
    await sleep(POLL_MS);
    await take();
  } while (now() < deadline && expected.some((one) => timesOf(one).length === 0));
  await sleep(TWICE_WITHIN_MS);
  await take();
  verifyWallClock();
  return expected.map((one) => {
    const [at, ...again] = timesOf(one);
    const when = `the schedule of ${one.member.device_id} for ${new Date(one.dueAt).toISOString()}`;
    if (at === undefined) throw new Error(`${when} did not fire within ${RECEIVED_WITHIN_MS / 1000} s`);
    if (again.length > 0) throw new Error(`${when} fired ${again.length + 1} times`);
    if (at < one.dueAt) throw new Error(`${when} fired ${(one.dueAt - at).toFixed(1)} ms early`);
    return at - one.dueAt;
  });
};

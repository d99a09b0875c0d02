/** Makes the planned schedules while all is well, says each word at its time whatever the server's state, and stops them in the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNever } from '#protocol/assert.ts';
import { CreatedSchedules, ExecutedSchedule } from '#protocol/http/schedules.ts';
import type { DeploymentId, DeviceId, ScheduleId } from '#protocol/ids.ts';
import type { Answer, Client } from './client.ts';
import type { PlannedSchedule, Word } from './schedule-plan.ts';

export type AskedSchedule = {
  asked: PlannedSchedule;
  id: ScheduleId;
  /** Due times between these must have been answered for: it was there for certain, and nobody had stopped it. */
  from: number;
  to: number;
  /** Runs that were promised to a person. */
  executed: DeploymentId[];
};

export type ScheduleSurroundings = { client: Client; devices: readonly DeviceId[]; timeoutSeconds: number };

const JSON_BODY = { 'content-type': 'application/json' };
const CONFLICT = 409;
const isAnswer = ({ status }: Answer): boolean => status === 200 || status === CONFLICT;

const deviceOf = ({ devices }: ScheduleSurroundings, index: number): DeviceId => {
  const device = devices[index];
  if (device === undefined) throw new Error(`there is no device ${index}`);
  return device;
};

const create = async (asked: PlannedSchedule, surroundings: ScheduleSurroundings): Promise<AskedSchedule> => {
  const request = {
    name: asked.name,
    action: { kind: 'command', command: asked.command },
    device_ids: asked.devices.map((index) => deviceOf(surroundings, index)),
    recurrence: { type: 'cron', cron_expression: asked.cron },
    overlap: asked.overlap,
    timeout_seconds: surroundings.timeoutSeconds,
    offline: { policy: 'wait', expires_in_seconds: 3600 },
  };
  const { schedules } = await surroundings.client.post('/schedules', request, CreatedSchedules);
  const [made] = schedules;
  if (made === undefined) throw new Error(`"${asked.name}" was not made`);
  return { asked, id: made.id, from: Date.now(), to: Number.POSITIVE_INFINITY, executed: [] };
};

export const createSchedules = (
  plan: readonly PlannedSchedule[],
  surroundings: ScheduleSurroundings,
): Promise<AskedSchedule[]> => Promise.all(plan.map((asked) => create(asked, surroundings)));

/** A key of its own for each word: an answer that was lost is asked for again. */
const execute = async (client: Client, schedule: AskedSchedule, key: string): Promise<void> => {
  const request = { method: 'POST', path: `/schedules/${schedule.id}/execute`, headers: { 'idempotency-key': key } };
  const { status, text } = await client.until(request, isAnswer);
  if (status === 200) schedule.executed.push(ExecutedSchedule.parse(JSON.parse(text)).deployment_id);
};

const say = async (client: Client, schedule: AskedSchedule, { type, atMs }: Word): Promise<void> => {
  const path = `/schedules/${schedule.id}`;
  switch (type) {
    case 'execute':
      return execute(client, schedule, `${schedule.asked.name} ${atMs}`);
    case 'edit': {
      const body = JSON.stringify({ max_executions: 100_000 + atMs });
      await client.until({ method: 'PATCH', path, body, headers: JSON_BODY }, isAnswer);
      return;
    }
    case 'pause':
    case 'resume':
      await client.until({ method: 'POST', path: `${path}/${type}` }, isAnswer);
      return;
    default:
      return assertNever(type);
  }
};

/** Words of one schedule follow each other; one that takes long makes the next ones late. */
const sayAll = async (client: Client, schedule: AskedSchedule): Promise<void> => {
  const startedAt = performance.now();
  for (const word of schedule.asked.words) {
    await sleep(Math.max(0, startedAt + word.atMs - performance.now()));
    await say(client, schedule, word);
  }
};

/** Resolves when everything was said. */
export const carryOutWords = async (client: Client, schedules: readonly AskedSchedule[]): Promise<void> => {
  await Promise.all(schedules.map((schedule) => sayAll(client, schedule)));
};

/** Ends those that fire, when all faults are healed; the idle one stays. */
export const stopSchedules = async (client: Client, schedules: readonly AskedSchedule[]): Promise<void> => {
  const busy = schedules.filter(({ asked }) => asked.words.length > 0);
  await Promise.all(
    busy.map(async (schedule) => {
      schedule.to = Date.now();
      await client.until({ method: 'POST', path: `/schedules/${schedule.id}/stop` }, ({ status }) => status === 200);
    }),
  );
};

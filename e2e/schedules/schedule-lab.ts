/** Schedules as a client of the API has them, what they left in every place that tells of them, and waits for real minutes. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { z } from 'zod';
import { pageOf } from '#protocol/http/page.ts';
import {
  CreatedSchedules,
  ExecutedSchedule,
  LedgerEntry,
  ListedExecution,
  Schedule,
} from '#protocol/http/schedules.ts';
import type { DeviceId, HostId, ScheduleId } from '#protocol/ids.ts';
import type { CreateSchedule } from '#protocol/schedule.ts';
import type { Enrolled, World } from '../support/world.ts';

export const MINUTE_MS = 60_000;

/** What an alarm, a job and its record take together, on a machine that is busy otherwise. */
export const SOON = { timeout: 20_000, interval: 50 };

export const EVERY_MINUTE = { type: 'cron' as const, cron_expression: '* * * * *' };

type Request = z.input<typeof CreateSchedule>;

export const iso = (at: number): string => new Date(at).toISOString();
export const until = (at: number): Promise<void> => sleep(Math.max(0, at - Date.now()));

/** The start of the next minute, once that is at least so far away: what is made until then fires at it first. */
export const nextMinute = async (leastMs: number): Promise<number> => {
  const next = (): number => Math.ceil((Date.now() + 1) / MINUTE_MS) * MINUTE_MS;
  if (next() - Date.now() < leastMs) await until(next());
  return next();
};

/** As lines of a host's log write a moment. */
export const logTime = (at: number): string => iso(at).slice(0, 19).replace('T', ' ');

export const command = (text: string) => ({ kind: 'command' as const, command: text });

/** Jobs know the folder as $HERE; each that begins adds a line to the file of its schedule. */
export const noteRun = (name: string): string => `echo "$DEPLOYX_TARGET_ID" >> "$HERE/${name}"`;

export class ScheduleLab {
  readonly world: World;
  readonly folder: string;

  constructor(world: World) {
    this.world = world;
    this.folder = join(world.directory, 'here');
    mkdirSync(this.folder, { recursive: true });
  }

  /** Jobs on different devices run side by side. */
  enroll(name: string, attached: readonly string[] = []): Promise<Enrolled> {
    const devices = attached.map((key) => ({ key, name: key, kind: 'phone' }));
    return this.world.enroll(name, { devices, policy: { env: { HERE: this.folder } } });
  }

  deviceOf({ host }: Enrolled, key: string): DeviceId {
    const device = host.devices.find((one) => one.key === key);
    if (device === undefined) throw new Error(`${host.name} has no device ${key}`);
    return device.id;
  }

  async create(request: Request): Promise<Schedule[]> {
    return (await this.world.post('/schedules', request, CreatedSchedules)).schedules;
  }

  async createOne(request: Request): Promise<Schedule> {
    const [schedule, ...others] = await this.create(request);
    if (schedule === undefined || others.length > 0) throw new Error('one schedule');
    return schedule;
  }

  /** Of every minute, unless told otherwise. */
  everyMinute(request: Omit<Request, 'recurrence'>): Promise<Schedule> {
    return this.createOne({ recurrence: EVERY_MINUTE, ...request });
  }

  get(id: ScheduleId): Promise<Schedule> {
    return this.world.read(`/schedules/${id}`, Schedule);
  }

  control(id: ScheduleId, word: 'pause' | 'resume' | 'stop'): Promise<Schedule> {
    return this.world.post(`/schedules/${id}/${word}`, {}, Schedule);
  }

  execute(id: ScheduleId) {
    return this.world.post(`/schedules/${id}/execute`, {}, ExecutedSchedule);
  }

  async edit(id: ScheduleId, changes: Partial<Request>): Promise<Schedule> {
    const response = await this.world.call('PATCH', `/schedules/${id}`, changes);
    expect(response.status, `PATCH /schedules/${id}`).toBe(200);
    return Schedule.parse(await response.json());
  }

  /** Oldest first. */
  async executions(id: ScheduleId): Promise<ListedExecution[]> {
    const page = await this.world.read(`/schedules/${id}/executions?limit=200`, pageOf(ListedExecution));
    return page.items.toReversed();
  }

  /** Oldest first. */
  async ledger(id: ScheduleId): Promise<LedgerEntry[]> {
    return (await this.world.read(`/schedules/${id}/ledger?limit=200`, pageOf(LedgerEntry))).items.toReversed();
  }

  untilExecutions(id: ScheduleId, wanted: readonly object[], within = SOON): Promise<void> {
    return vi.waitFor(async () => expect(await this.executions(id)).toMatchObject(wanted), within);
  }

  untilLedger(id: ScheduleId, wanted: readonly object[], within = SOON): Promise<void> {
    return vi.waitFor(async () => expect(await this.ledger(id)).toMatchObject(wanted), within);
  }

  untilState(id: ScheduleId, wanted: object, within = SOON): Promise<void> {
    return vi.waitFor(async () => expect(await this.get(id)).toMatchObject(wanted), within);
  }

  /** Targets of the jobs that began, one a run; none of them may come twice. */
  runs(name: string): string[] {
    const file = join(this.folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  async hostLog(id: HostId): Promise<string> {
    const answer = await this.world.call('GET', `/hosts/${id}/log?limit=5000`);
    expect(answer.status).toBe(200);
    return answer.text();
  }

  /** The lines that name the schedule, without their times. */
  async linesOf(host: HostId, name: string): Promise<string[]> {
    const named = (await this.hostLog(host)).split('\n').filter((line) => `${line} |`.includes(`: ${name} |`));
    return named.map((line) => line.slice('2026-11-28 14:10:00 '.length));
  }

  /** Lines are written a moment after what they tell of. */
  untilLines(host: HostId, name: string, wanted: readonly unknown[]): Promise<void> {
    return vi.waitFor(async () => expect(await this.linesOf(host, name)).toEqual(wanted), SOON);
  }

  untilLine(host: HostId, name: string, wanted: RegExp): Promise<void> {
    return vi.waitFor(
      async () => expect(await this.linesOf(host, name)).toContainEqual(expect.stringMatching(wanted)),
      SOON,
    );
  }

  /** The agent's own copy comes to be the same, byte for byte, as what the API shows of the host. */
  async untilAgentLogIsTheSame({ agent, host }: Enrolled): Promise<void> {
    await vi.waitFor(async () => {
      const shown = await this.hostLog(host.id);
      expect(readFileSync(join(agent.directory, 'deployments.log'), 'utf8')).toBe(shown);
    }, SOON);
  }
}

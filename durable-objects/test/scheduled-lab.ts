/** A schedule over real hosts whose agents the test plays, with a clock that the test moves. */
import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { openDatabase } from '#database/database.ts';
import { schedules } from '#database/schedules.tables.ts';
import type { ScheduleCommand } from '#domain/schedule/decide.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import { Spec } from '#protocol/spec.ts';
import type { ScheduleDefinition } from '../schedule/schedule-rpc.ts';
import { id } from './ids.ts';
import { resultOf } from './jobs.ts';
import { type EnrolledHost, enrolledHost, TestAgent } from './test-agent.ts';

export type Rows = Record<string, unknown>[];

export const all = async (query: string, ...bindings: unknown[]): Promise<Rows> =>
  (
    await env.DB.prepare(query)
      .bind(...bindings)
      .all()
  ).results;

/** A host that D1 knows as well, with the machine itself as its one device. */
const recordedHost = async (team_id: EnrolledHost['team_id'], name: string): Promise<EnrolledHost> => {
  const host = await enrolledHost({ team_id, name });
  await env.DB.batch([
    env.DB.prepare(
      `insert into hosts (id, team_id, name, machine_id, public_key, os, arch, platform, hostname, cpus, memory_bytes, labels, created_at)
       values (?, ?, ?, ?, ?, 'linux', 'x64', 'Debian', ?, 1, 1, '{}', '2026')`,
    ).bind(host.host_id, team_id, name, host.host_id, host.public_key, name),
    env.DB.prepare(
      `insert into devices (id, team_id, host_id, key, name, kind, labels, created_at) values (?, ?, ?, 'self', ?, 'host', '{}', '2026')`,
    ).bind(host.self_device_id, team_id, host.host_id, name),
  ]);
  return host;
};

const database = env.DB;

const method = (target: D1Database, key: string | symbol): unknown => {
  const value: unknown = Reflect.get(target, key);
  return typeof value === 'function' ? value.bind(target) : value;
};

export class ScheduledLab {
  readonly id: ScheduleId = id('sch');
  readonly hosts: EnrolledHost[];
  readonly agents: TestAgent[] = [];
  #definition: ScheduleDefinition;
  #now: number;

  private constructor(hosts: EnrolledHost[], definition: ScheduleDefinition, now: number) {
    this.hosts = hosts;
    this.#definition = { ...definition, schedule_id: this.id };
    this.#now = now;
  }

  /** Fires every minute unless told otherwise. */
  static async of(count: number, now: string, changes: Partial<ScheduleDefinition> = {}): Promise<ScheduledLab> {
    const team_id = id('team');
    const hosts: EnrolledHost[] = [];
    for (let index = 0; index < count; index++) hosts.push(await recordedHost(team_id, `lab-${index + 1}`));
    const spec = Spec.parse({
      action: { kind: 'command', command: 'uptime' },
      device_ids: hosts.map(({ self_device_id }) => self_device_id),
    });
    const lab = new ScheduledLab(
      hosts,
      {
        team_id,
        schedule_id: id('sch'),
        version: 1,
        name: 'smoke',
        spec,
        recurrence: { type: 'cron', cron_expression: '* * * * *' },
        timezone: 'UTC',
        start_at: null,
        end_at: null,
        cron_expression: '* * * * *',
        created_by: null,
        max_executions: null,
        count: 'runs',
        overlap: 'queue_one',
        if_reserved: 'skip',
        misfire: 'run_once',
        ...changes,
      },
      Date.parse(now),
    );
    await lab.#record();
    for (const host of hosts) lab.agents.push(await TestAgent.connect(host, { process_id: 'p1', host_log_seq: 0 }));
    return lab;
  }

  get stub() {
    return env.SCHEDULE.getByName(this.id);
  }

  get now(): number {
    return this.#now;
  }

  async #record(): Promise<void> {
    const { name, spec, recurrence, team_id } = this.#definition;
    await openDatabase(env.DB)
      .insert(schedules)
      .values({
        id: this.id,
        team_id,
        name,
        kind: 'command',
        what: 'uptime',
        spec: JSON.stringify(spec),
        recurrence: JSON.stringify(recurrence),
        timezone: 'UTC',
        count: 'runs',
        overlap: 'queue_one',
        if_reserved: 'skip',
        misfire: 'run_once',
        description: 'every minute',
        created_at: '2026',
        updated_at: '2026',
        status: 'active',
      });
  }

  async define(changes: Partial<ScheduleDefinition> = {}) {
    this.#definition = { ...this.#definition, ...changes };
    await this.#setClock();
    return this.stub.define(this.#definition);
  }

  async edit(changes: Partial<ScheduleDefinition>) {
    return this.define({ ...changes, version: this.#definition.version + 1 });
  }

  /** The object's clock stands still but for this. */
  #setClock(): Promise<void> {
    const at = this.#now;
    return runInDurableObject(this.stub, (instance) => {
      instance.core.clock.now = () => at;
    });
  }

  async at(time: string): Promise<void> {
    this.#now = Date.parse(time);
    await this.#setClock();
  }

  /** The clock comes to `time` and the alarm fires, whatever it was armed for. */
  async alarmAt(time: string): Promise<boolean> {
    await this.at(time);
    return runDurableObjectAlarm(this.stub);
  }

  /** The object comes up again from its rows; its clock is where it was. */
  async evict(): Promise<void> {
    await evictDurableObject(this.stub);
    await this.#setClock();
  }

  /** Every object of the schedule, its deployments and hosts, with the sockets of the agents kept. */
  async evictAll(): Promise<void> {
    const deployments = (await this.deployments()).map((name) => env.DEPLOYMENT.getByName(name));
    const hosts = this.hosts.map(({ host_id }) => env.HOST.getByName(host_id));
    for (const stub of [...deployments, ...hosts]) {
      // Only one that runs can be evicted.
      await runInDurableObject(stub, () => {});
      await evictDurableObject(stub, { webSockets: 'hibernate' });
    }
    await this.evict();
  }

  /** When the object's alarm fires; null when it has none. */
  async alarm(): Promise<string | null> {
    const at = await runInDurableObject(this.stub, (_instance, { storage }) => storage.getAlarm());
    return at === null ? null : new Date(at).toISOString();
  }

  /** As long as the object is in memory such commands do not reach it, and who brings them hears nothing of that. */
  async misses(...types: ScheduleCommand['type'][]): Promise<void> {
    await runInDurableObject(this.stub, ({ core }) => {
      const apply = core.apply.bind(core);
      core.apply = (command, write) =>
        types.includes(command.type) ? { type: 'rejected', reason: 'missed' } : apply(command, write);
    });
  }

  /** From now on `before` comes before each batch of writes to D1: it may throw, or take its time. All objects share D1. */
  async beforeWrites(before: () => Promise<void>): Promise<void> {
    const batch = async (statements: D1PreparedStatement[]) => {
      await before();
      return database.batch(statements);
    };
    await this.#setDatabase(
      new Proxy(database, { get: (target, key) => (key === 'batch' ? batch : method(target, key)) }),
    );
  }

  healWrites(): Promise<void> {
    return this.#setDatabase(database);
  }

  #setDatabase(to: D1Database): Promise<void> {
    return runInDurableObject(this.stub, (instance) => {
      const bindings: unknown = Reflect.get(instance, 'env');
      if (typeof bindings !== 'object' || bindings === null) throw new Error('an object has its bindings');
      Reflect.set(bindings, 'DB', to);
    });
  }

  async deployments(): Promise<string[]> {
    return (await this.ledger()).flatMap(({ deployment_id }) =>
      typeof deployment_id === 'string' ? [deployment_id] : [],
    );
  }

  offers(index = 0): number {
    return this.agent(index).received.filter(({ type }) => type === 'job.offer').length;
  }

  agent(index = 0): TestAgent {
    const agent = this.agents[index];
    if (agent === undefined) throw new Error(`no agent ${index}`);
    return agent;
  }

  async end(index = 0, overrides: Parameters<typeof resultOf>[1] = {}) {
    const agent = this.agent(index);
    const { job } = await agent.next('job.offer');
    return { job, end: () => agent.send(resultOf(job, overrides)) };
  }

  async hostLog(index = 0): Promise<string[]> {
    const host = this.hosts[index];
    if (host === undefined) throw new Error(`no host ${index}`);
    return (await env.HOST.getByName(host.host_id).readHostLog(200)).map(({ text }) => text);
  }

  ledger(): Promise<Rows> {
    return all(
      'select scheduled_at, kind, outcome, reason, deployment_id from schedule_runs where schedule_id = ? order by scheduled_at',
      this.id,
    );
  }

  executions(): Promise<Rows> {
    return all('select * from executions where schedule_id = ? order by scheduled_at', this.id);
  }
}

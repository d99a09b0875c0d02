/** The rows of a HostObject, read and written as the types that decisions are made from. No decisions here. */
import { z } from 'zod';
import { Connection, HostJob, type HostState, Reservation } from '#domain/host/host-state.ts';
import { JobWork, SELF_DEVICE_KEY } from '#protocol/agent/job.ts';
import { AgentDevice, Capabilities, HostInfo } from '#protocol/agent/to-server.ts';
import { type DeploymentId, DeviceId, HostId, type ScheduleId, TargetId, TeamId } from '#protocol/ids.ts';
import { Cell } from '../cell.ts';
import type { EnqueuedJob } from './host-rpc.ts';

export const Identity = z.object({
  host_id: HostId,
  team_id: TeamId,
  name: z.string(),
  public_key: z.string(),
  self_device_id: DeviceId,
});
export type Identity = z.infer<typeof Identity>;

export const KnownDevice = AgentDevice.extend({ id: DeviceId, attached: z.boolean() });
export type KnownDevice = z.infer<typeof KnownDevice>;

/** What the agent said of itself, and how much of that D1 has. */
export const AgentState = z.object({
  info: HostInfo,
  agent_version: z.string(),
  capabilities: Capabilities,
  version: z.number(),
  projected_version: z.number(),
});
export type AgentState = z.infer<typeof AgentState>;

const JobRow = z.object({ state: z.string(), work: z.string() });
const stored = <Value>(schema: z.ZodType<Value>, text: string): Value => schema.parse(JSON.parse(text));

const neverConnected: Connection = { state: 'offline', since: null, graceUntil: 0 };

const AgentProcess = z.object({ id: z.string().nullable(), isUnlisted: z.boolean() });

const Told = z.object({ version: z.number(), snapshot: z.string() });

const isOpen = (job: HostJob): boolean => job.end === null || job.holdsDevice;

export class HostStore {
  readonly identity: Cell<Identity | null>;
  readonly revoked: Cell<boolean>;
  readonly connectionId: Cell<string | null>;
  readonly agent: Cell<AgentState | null>;
  readonly devices: Cell<KnownDevice[]>;
  /** The agent's process, and whether its schedules must still be listed in the log. */
  readonly process: Cell<z.infer<typeof AgentProcess>>;
  /** What the TeamObject was told last, and under which version. */
  readonly told: Cell<z.infer<typeof Told>>;
  /** When output must be moved to R2 or jobs forgotten; null when there is nothing of either. */
  readonly housekeepingAt: Cell<number | null>;
  readonly #connection: Cell<Connection>;
  readonly #reservations: Cell<Reservation[]>;
  readonly #sql: SqlStorage;
  /** Copies of rows, rebuilt when they are not there. */
  #openJobs: readonly HostJob[] | null = null;
  #unreported: Map<TargetId, HostJob> | null = null;
  /** Changes and deliveries that are not written yet. */
  readonly #unwritten = new Map<TargetId, HostJob>();
  readonly #reported = new Map<TargetId, HostJob>();
  /** Jobs that this instance has handled and their deployments still wait for: what is asked for again and again. */
  readonly #recent = new Map<TargetId, { job: HostJob; work: JobWork }>();
  #lastPosition: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.identity = new Cell<Identity | null>(storage, 'identity', Identity, null);
    this.revoked = new Cell(storage, 'revoked', z.boolean(), false);
    this.connectionId = new Cell<string | null>(storage, 'connection_id', z.string(), null);
    this.agent = new Cell<AgentState | null>(storage, 'agent', AgentState, null);
    this.devices = new Cell(storage, 'devices', z.array(KnownDevice), []);
    this.process = new Cell(storage, 'process', AgentProcess, { id: null, isUnlisted: false });
    this.told = new Cell(storage, 'told', Told, { version: 0, snapshot: '' });
    this.housekeepingAt = new Cell<number | null>(storage, 'housekeeping_at', z.number().nullable(), null);
    this.#connection = new Cell(storage, 'connection', Connection, neverConnected);
    this.#reservations = new Cell(storage, 'reservations', z.array(Reservation), []);
  }

  /** Reads everything again: a transaction failed, and copies may be ahead of the rows. */
  forgetCopies(): void {
    for (const cell of [
      this.identity,
      this.revoked,
      this.connectionId,
      this.agent,
      this.devices,
      this.process,
      this.told,
      this.housekeepingAt,
      this.#connection,
      this.#reservations,
    ])
      cell.forget();
    this.#openJobs = null;
    this.#unreported = null;
    this.#unwritten.clear();
    this.#reported.clear();
    this.#recent.clear();
    this.#lastPosition = null;
  }

  state(): HostState {
    const attached = this.devices.get().filter((device) => device.attached);
    return {
      connection: this.#connection.get(),
      attached: new Set([SELF_DEVICE_KEY, ...attached.map((device) => device.key)]),
      jobs: this.#jobsInOrder(),
      reservations: this.#reservations.get(),
    };
  }

  #jobsInOrder(): readonly HostJob[] {
    this.#openJobs ??= this.#read('SELECT state FROM job WHERE open = 1 ORDER BY position');
    return this.#openJobs;
  }

  #read(query: string, ...bindings: SqlStorageValue[]): HostJob[] {
    return this.#sql
      .exec(query, ...bindings)
      .toArray()
      .map((row) => stored(HostJob, z.string().parse(row.state)));
  }

  /** Writes what differs from `before`; unchanged parts keep their identity. Jobs that are new come with what to carry out. */
  save(before: HostState, after: HostState, fresh: readonly EnqueuedJob[] = []): void {
    if (after.connection !== before.connection) this.#connection.set(after.connection);
    if (after.reservations !== before.reservations) this.#reservations.set([...after.reservations]);
    const requests = new Map(fresh.map((request) => [request.target_id, request]));
    for (const job of this.#changed(before, after)) {
      const request = requests.get(job.targetId);
      if (request === undefined) this.#unwritten.set(job.targetId, job);
      else this.#insertJob(job, request);
    }
    this.#openJobs = after.jobs.filter(isOpen);
    this.flush();
  }

  /** For steps on the way: known at once, written with the next `flush`. */
  saveLater(before: HostState, after: HostState): void {
    for (const job of this.#changed(before, after)) this.#unwritten.set(job.targetId, job);
    this.#openJobs = after.jobs;
  }

  #changed(before: HostState, after: HostState): HostJob[] {
    const known = new Set(before.jobs);
    const changed = after.jobs.filter((job) => !known.has(job));
    for (const job of changed) {
      this.#unreportedJobs().set(job.targetId, job);
      const recent = this.#recent.get(job.targetId);
      if (recent !== undefined) recent.job = job;
    }
    return changed;
  }

  /** Writes what was put off. */
  flush(): void {
    for (const job of this.#unwritten.values()) this.#updateJob(job);
    this.#unwritten.clear();
    for (const job of this.#reported.values()) this.#writeReported(job);
    this.#reported.clear();
    this.housekeepingAt.flush();
    this.told.flush();
    this.agent.flush();
  }

  #updateJob(job: HostJob): void {
    this.#sql.exec(
      'UPDATE job SET state = ?, version = ?, open = ?, ended_at = ? WHERE target_id = ?',
      JSON.stringify(job),
      job.version,
      isOpen(job) ? 1 : 0,
      job.end?.at ?? null,
      job.targetId,
    );
  }

  #insertJob(job: HostJob, request: EnqueuedJob): void {
    this.#sql.exec(
      `INSERT INTO job (target_id, deployment_id, device_id, position, open, state, work, version, ended_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      job.targetId,
      job.deploymentId,
      request.device_id,
      job.position,
      isOpen(job) ? 1 : 0,
      JSON.stringify(job),
      JSON.stringify(request.work),
      job.version,
      job.end?.at ?? null,
    );
    this.#recent.set(job.targetId, { job, work: request.work });
  }

  /** Target ids that this host was handed before, whatever became of them. */
  knownTargets(ids: readonly TargetId[]): Set<TargetId> {
    const rows = this.#sql
      .exec('SELECT target_id FROM job WHERE target_id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))
      .toArray();
    return new Set(rows.map((row) => TargetId.parse(row.target_id)));
  }

  /** A place in the queue behind all that were given out. */
  nextPosition(): number {
    this.#lastPosition ??= this.#readLastPosition();
    this.#lastPosition += 1;
    return this.#lastPosition;
  }

  #readLastPosition(): number {
    return z.number().parse(this.#sql.exec('SELECT coalesce(max(position), 0) AS position FROM job').one().position);
  }

  /** With its latest state, written or not. */
  job(id: TargetId): { job: HostJob; work: JobWork } | null {
    const recent = this.#recent.get(id);
    if (recent !== undefined) return recent;
    const [row] = this.#sql.exec('SELECT state, work FROM job WHERE target_id = ?', id).toArray();
    if (row === undefined) return null;
    const { state, work } = JobRow.parse(row);
    return { job: this.#unwritten.get(id) ?? stored(HostJob, state), work: stored(JobWork, work) };
  }

  jobsOfDeployment(id: DeploymentId): HostJob[] {
    return this.#read('SELECT state FROM job WHERE deployment_id = ? ORDER BY position', id);
  }

  /** Of what a schedule said last. */
  noteVersion(id: ScheduleId): number {
    const [row] = this.#sql.exec('SELECT version FROM schedule_note WHERE schedule_id = ?', id).toArray();
    return row === undefined ? 0 : z.number().parse(row.version);
  }

  /** Takes note of what a schedule says; false when it was said before. */
  takeNote(id: ScheduleId, version: number): boolean {
    return (
      this.#sql.exec(
        `INSERT INTO schedule_note (schedule_id, version) VALUES (?, ?)
         ON CONFLICT (schedule_id) DO UPDATE SET version = excluded.version WHERE excluded.version > schedule_note.version`,
        id,
        version,
      ).rowsWritten > 0
    );
  }

  jobs(ids: readonly TargetId[]): HostJob[] {
    return ids.flatMap((id) => this.job(id)?.job ?? []);
  }

  /** What the agent has to do or will get to do: the files that it may fetch are among them. */
  openWork(): JobWork[] {
    const rows = this.#sql.exec('SELECT work FROM job WHERE open = 1').toArray();
    return rows.map((row) => stored(JobWork, z.string().parse(row.work)));
  }

  #unreportedJobs(): Map<TargetId, HostJob> {
    this.#unreported ??= new Map(
      this.#read('SELECT state FROM job WHERE version > reported_version ORDER BY position').map((job) => [
        job.targetId,
        job,
      ]),
    );
    return this.#unreported;
  }

  /** Jobs with a state that their deployment has not heard of. */
  unreported(): HostJob[] {
    return [...this.#unreportedJobs().values()];
  }

  setReportedLater(jobs: readonly HostJob[]): void {
    for (const job of jobs) {
      this.#reported.set(job.targetId, job);
      const current = this.#unreportedJobs().get(job.targetId);
      if (current !== undefined && current.version <= job.version) this.#unreportedJobs().delete(job.targetId);
      if (job.end !== null) this.#recent.delete(job.targetId);
    }
  }

  #writeReported(job: HostJob): void {
    this.#sql.exec(
      'UPDATE job SET reported_version = ? WHERE target_id = ? AND reported_version < ?',
      job.version,
      job.targetId,
      job.version,
    );
  }

  /** Takes note of a proof; false when it was used before. */
  useProof(jti: string, expiresAt: number, now: number): boolean {
    this.#sql.exec('DELETE FROM proof WHERE expires_at < ?', now);
    return (
      this.#sql.exec('INSERT OR IGNORE INTO proof (jti, expires_at) VALUES (?, ?)', jti, expiresAt).rowsWritten > 0
    );
  }

  /** Forgets jobs that ended before `before`, were reported, and are in R2; answers when the oldest of those left ended. */
  forget(before: number): number | null {
    const rows = this.#sql
      .exec(
        'SELECT target_id FROM job WHERE ended_at < ? AND open = 0 AND reported_version >= version AND log_sealed = 1 LIMIT 500',
        before,
      )
      .toArray();
    for (const row of rows)
      for (const table of ['job', 'log_segment'])
        this.#sql.exec(`DELETE FROM ${table} WHERE target_id = ?`, z.string().parse(row.target_id));
    const [oldest] = this.#sql.exec('SELECT min(ended_at) AS at FROM job WHERE log_sealed = 1').toArray();
    return z
      .number()
      .nullable()
      .parse(oldest?.at ?? null);
  }
}

/** The rows of a HostObject, read and written as the types that decisions are made from. No decisions here. */
import { z } from 'zod';
import { Connection, HostJob, type HostState, Reservation } from '#domain/host/host-state.ts';
import { JobAction, SELF_DEVICE_KEY } from '#protocol/agent/job.ts';
import { AgentDevice, HostInfo } from '#protocol/agent/to-server.ts';
import { type DeploymentId, DeviceId, HostId, TargetId, TeamId } from '#protocol/ids.ts';
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
  version: z.number(),
  projected_version: z.number(),
});
export type AgentState = z.infer<typeof AgentState>;

const JobRow = z.object({ target_id: TargetId, device_id: DeviceId, state: z.string(), action: z.string() });
const stored = <Value>(schema: z.ZodType<Value>, text: string): Value => schema.parse(JSON.parse(text));

const neverConnected: Connection = { state: 'offline', since: null, graceUntil: 0 };

export class HostStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  identity(): Identity | null {
    return Identity.safeParse(this.#storage.kv.get('identity')).data ?? null;
  }

  setIdentity(identity: Identity): void {
    this.#storage.kv.put('identity', identity);
  }

  isRevoked(): boolean {
    return this.#storage.kv.get('revoked') === true;
  }

  revoke(): void {
    this.#storage.kv.put('revoked', true);
  }

  connectionId(): string | null {
    return z.string().safeParse(this.#storage.kv.get('connection_id')).data ?? null;
  }

  setConnectionId(id: string): void {
    this.#storage.kv.put('connection_id', id);
  }

  agent(): AgentState | null {
    return AgentState.safeParse(this.#storage.kv.get('agent')).data ?? null;
  }

  setAgent(agent: AgentState): void {
    this.#storage.kv.put('agent', agent);
  }

  devices(): KnownDevice[] {
    return z.array(KnownDevice).safeParse(this.#storage.kv.get('devices')).data ?? [];
  }

  setDevices(devices: readonly KnownDevice[]): void {
    this.#storage.kv.put('devices', devices);
  }

  /** What the TeamObject was told last, and under which version. */
  told(): { version: number; snapshot: string } {
    const Told = z.object({ version: z.number(), snapshot: z.string() });
    return Told.safeParse(this.#storage.kv.get('told')).data ?? { version: 0, snapshot: '' };
  }

  setTold(told: { version: number; snapshot: string }): void {
    this.#storage.kv.put('told', told);
  }

  state(): HostState {
    const attached = this.devices().filter((device) => device.attached);
    return {
      connection: Connection.safeParse(this.#storage.kv.get('connection')).data ?? neverConnected,
      attached: new Set([SELF_DEVICE_KEY, ...attached.map((device) => device.key)]),
      jobs: this.#openJobs(),
      reservations: z.array(Reservation).safeParse(this.#storage.kv.get('reservations')).data ?? [],
    };
  }

  #openJobs(): HostJob[] {
    const rows = this.#sql.exec('SELECT state FROM job WHERE open = 1 ORDER BY position').toArray();
    return rows.map((row) => stored(HostJob, z.string().parse(row.state)));
  }

  /** Writes what differs from `before`; unchanged parts keep their identity. */
  save(before: HostState, after: HostState): void {
    if (after.connection !== before.connection) this.#storage.kv.put('connection', after.connection);
    if (after.reservations !== before.reservations) this.#storage.kv.put('reservations', after.reservations);
    const known = new Set(before.jobs);
    for (const job of after.jobs) if (!known.has(job)) this.#saveJob(job);
  }

  #saveJob(job: HostJob): void {
    this.#sql.exec(
      'UPDATE job SET state = ?, version = ?, open = ?, ended_at = ? WHERE target_id = ?',
      JSON.stringify(job),
      job.version,
      job.end === null || job.holdsDevice ? 1 : 0,
      job.end?.at ?? null,
      job.targetId,
    );
  }

  /** Target ids that this host was handed before, whatever became of them. */
  knownTargets(ids: readonly TargetId[]): Set<TargetId> {
    const rows = this.#sql
      .exec('SELECT target_id FROM job WHERE target_id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))
      .toArray();
    return new Set(rows.map((row) => TargetId.parse(row.target_id)));
  }

  lastPosition(): number {
    return z.number().parse(this.#sql.exec('SELECT coalesce(max(position), 0) AS position FROM job').one().position);
  }

  insertJobs(jobs: readonly HostJob[], requests: readonly EnqueuedJob[]): void {
    const wanted = new Map(requests.map((request) => [request.target_id, request]));
    for (const job of jobs) {
      const request = wanted.get(job.targetId);
      if (request !== undefined) this.#insertJob(job, request);
    }
  }

  #insertJob(job: HostJob, request: EnqueuedJob): void {
    this.#sql.exec(
      'INSERT INTO job (target_id, deployment_id, device_id, position, open, state, action, version) VALUES (?, ?, ?, ?, 1, ?, ?, ?)',
      job.targetId,
      job.deploymentId,
      request.device_id,
      job.position,
      JSON.stringify(job),
      JSON.stringify(request.action),
      job.version,
    );
    this.#sql.exec('INSERT OR IGNORE INTO log (target_id, end) VALUES (?, 0)', job.targetId);
  }

  job(id: TargetId): { job: HostJob; action: JobAction } | null {
    const [row] = this.#sql
      .exec('SELECT target_id, device_id, state, action FROM job WHERE target_id = ?', id)
      .toArray();
    if (row === undefined) return null;
    const parsed = JobRow.parse(row);
    return { job: stored(HostJob, parsed.state), action: stored(JobAction, parsed.action) };
  }

  jobs(ids: readonly TargetId[]): HostJob[] {
    const rows = this.#sql
      .exec('SELECT state FROM job WHERE target_id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))
      .toArray();
    return rows.map((row) => stored(HostJob, z.string().parse(row.state)));
  }

  /** Actions of jobs that the agent has or will get: the files that it may fetch are among them. */
  openActions(): JobAction[] {
    const rows = this.#sql.exec('SELECT action FROM job WHERE open = 1').toArray();
    return rows.map((row) => stored(JobAction, z.string().parse(row.action)));
  }

  hasUnreported(): boolean {
    return this.#sql.exec('SELECT 1 FROM job WHERE version > reported_version LIMIT 1').toArray().length > 0;
  }

  /** Whether a final state is among what was not yet reported. */
  hasUnreportedEnd(): boolean {
    return (
      this.#sql.exec('SELECT 1 FROM job WHERE version > reported_version AND ended_at IS NOT NULL LIMIT 1').toArray()
        .length > 0
    );
  }

  unreported(): Map<DeploymentId, HostJob[]> {
    const rows = this.#sql.exec('SELECT state FROM job WHERE version > reported_version ORDER BY position').toArray();
    const jobs = rows.map((row) => stored(HostJob, z.string().parse(row.state)));
    return Map.groupBy(jobs, (job) => job.deploymentId);
  }

  setReported(jobs: readonly Pick<HostJob, 'targetId' | 'version'>[]): void {
    for (const job of jobs)
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

  /** Forgets jobs that ended before `before`, were reported, and whose output is in R2. */
  forget(before: number): void {
    const rows = this.#sql
      .exec(
        `SELECT job.target_id FROM job JOIN log USING (target_id)
         WHERE job.ended_at < ? AND job.open = 0 AND job.reported_version >= job.version AND log.sealed = 1 LIMIT 500`,
        before,
      )
      .toArray();
    for (const row of rows)
      for (const table of ['job', 'log', 'log_segment'])
        this.#sql.exec(`DELETE FROM ${table} WHERE target_id = ?`, z.string().parse(row.target_id));
  }
}

/** The rows of a DeploymentObject. No decisions here. */
import { z } from 'zod';
import type { EndPending } from '#domain/deployment/decide.ts';
import {
  type DeploymentState,
  noCounts,
  pendingDeployment,
  type TargetCounts,
  type TargetState,
} from '#domain/deployment/deployment-state.ts';
import { endsOf, type Rollout, rolloutOf } from '#domain/deployment/rollout.ts';
import { laterWave } from '#domain/deployment/wave-text.ts';
import type { WaveCount } from '#domain/deployment/waves.ts';
import { JobAction } from '#protocol/agent/job.ts';
import { UndoOffer } from '#protocol/agent/to-server.ts';
import { HealthCheck } from '#protocol/health-check.ts';
import { Activates, Relation } from '#protocol/http/deployments.ts';
import { DeploymentId, DeviceId, HostId, TargetId, TeamId } from '#protocol/ids.ts';
import { Firing } from '#protocol/schedule.ts';
import { ActionKind, OfflinePolicy } from '#protocol/spec.ts';
import { DeploymentStatus, TargetStatus } from '#protocol/states.ts';
import { Color, Strategy } from '#protocol/strategy.ts';
import { Cell } from '../cell.ts';
import type { JobReport } from '../host/host-rpc.ts';
import type { StartRequest, TargetPage } from './deployment-rpc.ts';

/** What was asked for; never changes after the start. */
export const Plan = z.object({
  team_id: TeamId,
  deployment_id: DeploymentId,
  name: z.string(),
  kind: ActionKind,
  created_by: z.string().nullable(),
  created_at: z.number(),
  timeout_seconds: z.number(),
  retries: z.number(),
  idempotent: z.boolean(),
  offline: OfflinePolicy,
  strategy: Strategy,
  rollout: z.object({
    ends: z.array(z.number()).readonly(),
    pauseMs: z.number(),
    manual: z.boolean(),
    maxConcurrency: z.number().nullable(),
    maxFailures: z.number().nullable(),
  }),
  rollback_on_failure: z.boolean(),
  bandwidth_limit: z.number().nullable(),
  parent: z.object({ id: DeploymentId, relation: Relation }).nullable(),
  activates: Activates.nullable(),
  firing: Firing.nullable().default(null),
  items: z.array(
    z.object({ label: z.string(), action: JobAction, health_check: HealthCheck.nullable(), side: Color.nullable() }),
  ),
});
export type Plan = z.infer<typeof Plan>;

const Counts = z.record(TargetStatus, z.number());
const Progressing = z.object({
  status: DeploymentStatus,
  counts: Counts,
  wave: z.number(),
  gate: z.object({ kind: z.enum(['pause', 'promotion']), until: z.number() }).nullable(),
  cancelRequested: z.boolean(),
  stopReason: z.string().nullable(),
  rollbackDue: z.boolean(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
});

/** What changes; the rest of a deployment's state is in its plan. */
type Progressing = z.infer<typeof Progressing>;

/** The rollback that follows; its id is made when it falls due, so that starting it twice starts one. `refused` says why there is none. */
const FollowUp = z.object({ id: DeploymentId, started: z.boolean(), refused: z.string().nullable() }).nullable();
export type FollowUp = z.infer<typeof FollowUp>;

/** `version` counts changes; the cursors say how far D1 and the TeamObject have been told. */
export const Cursors = z.object({ version: z.number(), recorded: z.number(), published: z.number() });
export type Cursors = z.infer<typeof Cursors>;

const RunNews = z.object({ ran: z.boolean(), told: z.string() });

export const TargetRow = z.object({
  id: TargetId,
  seq: z.number(),
  host_id: HostId,
  device_id: DeviceId,
  device_key: z.string(),
  device_name: z.string(),
  item: z.number(),
  wave: z.number(),
  undoes: TargetId.nullable(),
  status: TargetStatus,
  attempt: z.number(),
  progress_percent: z.number().nullable(),
  result_message: z.string().nullable(),
  error_details: z.string().nullable(),
  exit_code: z.number().nullable(),
  waiting_for: z.string().nullable(),
  started_at: z.number().nullable(),
  completed_at: z.number().nullable(),
  undo: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : UndoOffer.parse(JSON.parse(text)))),
  report_version: z.number(),
  version: z.number(),
  to_tell: z.enum(['enqueue', 'cancel']).nullable(),
});
export type TargetRow = z.infer<typeof TargetRow>;

const noRollout: Rollout = { ends: [0], pauseMs: 0, manual: false, maxConcurrency: null, maxFailures: null };
const notStarted: DeploymentState = pendingDeployment(noRollout, false);

const StatusCount = z.object({ status: TargetStatus, count: z.number() });
const WaveCountRow = StatusCount.extend({ wave: z.number() });

const KnownTarget = z.object({ id: TargetId, status: TargetStatus, report_version: z.number() });
const rows = (cursor: SqlStorageCursor<Record<string, SqlStorageValue>>): TargetRow[] =>
  cursor.toArray().map((row) => TargetRow.parse(row));

export class DeploymentStore {
  readonly plan: Cell<Plan | null>;
  readonly followUp: Cell<FollowUp>;
  readonly #progress: Cell<Progressing>;
  readonly cursors: Cell<Cursors>;
  /** Of one that a schedule fired: whether anything of it began, and what its schedule was told last. */
  readonly run: Cell<z.infer<typeof RunNews>>;
  readonly #sql: SqlStorage;
  /** Whether some host must still be told something; null when it is not known. */
  #hasToTell: boolean | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.plan = new Cell<Plan | null>(storage, 'plan', Plan, null);
    this.#progress = new Cell<Progressing>(storage, 'state', Progressing, notStarted);
    this.followUp = new Cell(storage, 'follow_up', FollowUp, null);
    this.run = new Cell(storage, 'run', RunNews, { ran: false, told: '' });
    this.cursors = new Cell(storage, 'cursors', Cursors, { version: 0, recorded: 0, published: 0 });
  }

  /** Reads everything again: a transaction failed, and copies may be ahead of the rows. */
  forgetCopies(): void {
    this.plan.forget();
    this.#progress.forget();
    this.followUp.forget();
    this.cursors.forget();
    this.run.forget();
    this.#hasToTell = null;
  }

  create(request: StartRequest): void {
    const { targets, waves, ...asked } = request;
    const ends = endsOf(
      waves,
      targets.map(({ wave }) => wave),
    );
    const plan = { ...asked, rollout: rolloutOf(request.strategy, ends) };
    this.plan.set(plan);
    for (const [index, target] of targets.entries())
      this.#sql.exec(
        "INSERT INTO target (id, seq, host_id, device_id, device_key, device_name, item, wave, undoes, status, waiting_for) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?)",
        target.id,
        index,
        target.host_id,
        target.device_id,
        target.device_key,
        target.device_name,
        target.item,
        target.wave,
        target.undoes,
        target.wave > 0 ? laterWave(target.wave, waves) : null,
      );
    this.setState(pendingDeployment(plan.rollout, plan.rollback_on_failure));
  }

  /** Whether a schedule fired it. */
  isFired(): boolean {
    return this.plan.get()?.firing != null;
  }

  state(): DeploymentState {
    const plan = this.plan.get();
    if (plan === null) return notStarted;
    return { ...this.#progress.get(), rollout: plan.rollout, rollbackOnFailure: plan.rollback_on_failure };
  }

  setState({ rollout: _rollout, rollbackOnFailure: _asked, ...progress }: DeploymentState): void {
    this.#progress.set(progress);
  }

  known(ids: readonly TargetId[]): Map<TargetId, TargetState> {
    const found = this.#sql
      .exec(
        'SELECT id, status, report_version FROM target WHERE id IN (SELECT value FROM json_each(?))',
        JSON.stringify(ids),
      )
      .toArray();
    return new Map(
      found.map((row) => {
        const target = KnownTarget.parse(row);
        return [target.id, { status: target.status, reportVersion: target.report_version }];
      }),
    );
  }

  takeReport(report: JobReport, version: number): void {
    this.#sql.exec(
      `UPDATE target SET status = ?, attempt = ?, progress_percent = ?, result_message = ?, error_details = ?, exit_code = ?, waiting_for = ?,
       started_at = ?, completed_at = ?, undo = ?, report_version = ?, version = ? WHERE id = ?`,
      report.status,
      report.attempt,
      report.progress_percent,
      report.result_message,
      report.error_details,
      report.exit_code,
      report.waiting_for,
      report.started_at,
      report.completed_at,
      report.undo === null ? null : JSON.stringify(report.undo),
      report.version,
      version,
      report.target_id,
    );
  }

  endPending(end: EndPending, version: number, now: number): void {
    this.#sql.exec(
      "UPDATE target SET status = ?, result_message = ?, waiting_for = NULL, completed_at = ?, version = ? WHERE status = 'pending'",
      end.status,
      end.message,
      now,
      version,
    );
  }

  admit(count: number, version: number): void {
    this.#hasToTell = true;
    this.#sql.exec(
      "UPDATE target SET status = 'queued', to_tell = 'enqueue', waiting_for = NULL, version = ? WHERE id IN (SELECT id FROM target WHERE status = 'pending' ORDER BY seq LIMIT ?)",
      version,
      count,
    );
  }

  cancelInFlight(): void {
    // There may be nobody: what waits in a gate is on no host.
    this.#hasToTell = null;
    this.#sql.exec(
      "UPDATE target SET to_tell = 'cancel' WHERE status IN ('queued', 'downloading', 'installing', 'running', 'verifying')",
    );
  }

  /** For the pending targets that come before this place. */
  setWaiting(text: string, end: number, version: number): void {
    this.#sql.exec(
      "UPDATE target SET waiting_for = ?, version = ? WHERE status = 'pending' AND seq < ? AND waiting_for IS NOT ?",
      text,
      version,
      end,
      text,
    );
  }

  hasToTell(): boolean {
    this.#hasToTell ??= this.#sql.exec('SELECT 1 FROM target WHERE to_tell IS NOT NULL LIMIT 1').toArray().length > 0;
    return this.#hasToTell;
  }

  /** Targets whose hosts must be told something, of at most so many hosts. */
  toTell(hosts: number): TargetRow[] {
    return rows(
      this.#sql.exec(
        'SELECT * FROM target WHERE to_tell IS NOT NULL AND host_id IN (SELECT DISTINCT host_id FROM target WHERE to_tell IS NOT NULL LIMIT ?) ORDER BY seq',
        hosts,
      ),
    );
  }

  /** The hosts have heard it; what changed meanwhile (an enqueue became a cancel) stays to be told. */
  told(targets: readonly TargetRow[]): void {
    this.#hasToTell = null;
    for (const target of targets)
      this.#sql.exec('UPDATE target SET to_tell = NULL WHERE id = ? AND to_tell = ?', target.id, target.to_tell);
  }

  changedSince(version: number): TargetRow[] {
    return rows(this.#sql.exec('SELECT * FROM target WHERE version > ? ORDER BY version, seq', version));
  }

  /** All targets of the devices that these are on. */
  targetsOfDevices(targets: readonly TargetRow[]): TargetRow[] {
    const devices = [...new Set(targets.map(({ device_id }) => device_id))];
    return rows(
      this.#sql.exec(
        'SELECT * FROM target WHERE device_id IN (SELECT value FROM json_each(?)) ORDER BY id',
        JSON.stringify(devices),
      ),
    );
  }

  /** What is said of the first target in this state; null when there is none. */
  firstMessage(status: TargetStatus): string | null {
    const [row] = this.#sql
      .exec('SELECT result_message FROM target WHERE status = ? ORDER BY seq LIMIT 1', status)
      .toArray();
    return z
      .string()
      .nullable()
      .parse(row?.result_message ?? null);
  }

  page(page: TargetPage): TargetRow[] {
    return rows(
      this.#sql.exec(
        'SELECT * FROM target WHERE id > ? AND (? IS NULL OR status = ?) ORDER BY id LIMIT ?',
        page.after ?? '',
        page.status,
        page.status,
        page.limit,
      ),
    );
  }

  /** Targets that carry out one of these items, counted by status. */
  countsOfItems(items: readonly number[]): TargetCounts {
    const rows = this.#sql.exec(
      'SELECT status, count(*) AS count FROM target WHERE item IN (SELECT value FROM json_each(?)) GROUP BY status',
      JSON.stringify(items),
    );
    const counts: Record<TargetStatus, number> = { ...noCounts };
    for (const { status, count } of rows.toArray().map((row) => StatusCount.parse(row))) counts[status] = count;
    return counts;
  }

  /** Targets of each wave, counted by status. */
  countsByWave(): WaveCount[] {
    const rows = this.#sql.exec('SELECT wave, status, count(*) AS count FROM target GROUP BY wave, status').toArray();
    return rows.map((row) => WaveCountRow.parse(row));
  }
}

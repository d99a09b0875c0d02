/** The rows of a DeploymentObject. No decisions here. */
import { z } from 'zod';
import type { EndPending } from '#domain/deployment/decide.ts';
import { type DeploymentState, noCounts, type TargetState } from '#domain/deployment/deployment-state.ts';
import { JobAction } from '#protocol/agent/job.ts';
import { DeploymentId, DeviceId, HostId, TargetId, TeamId } from '#protocol/ids.ts';
import { ActionKind, OfflinePolicy, Strategy } from '#protocol/spec.ts';
import { DeploymentStatus, TargetStatus } from '#protocol/states.ts';
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
  items: z.array(z.object({ label: z.string(), action: JobAction })),
});
export type Plan = z.infer<typeof Plan>;

const Counts = z.record(TargetStatus, z.number());
const Progressing = z.object({
  status: DeploymentStatus,
  counts: Counts,
  maxConcurrency: z.number().nullable(),
  maxFailures: z.number().nullable(),
  cancelRequested: z.boolean(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
});

/** `version` counts changes; the cursors say how far D1 and the TeamObject have been told. */
export const Cursors = z.object({ version: z.number(), recorded: z.number(), published: z.number() });
export type Cursors = z.infer<typeof Cursors>;

export const TargetRow = z.object({
  id: TargetId,
  seq: z.number(),
  host_id: HostId,
  device_id: DeviceId,
  device_key: z.string(),
  device_name: z.string(),
  item: z.number(),
  status: TargetStatus,
  attempt: z.number(),
  progress_percent: z.number().nullable(),
  result_message: z.string().nullable(),
  error_details: z.string().nullable(),
  exit_code: z.number().nullable(),
  waiting_for: z.string().nullable(),
  started_at: z.number().nullable(),
  completed_at: z.number().nullable(),
  report_version: z.number(),
  version: z.number(),
  to_tell: z.enum(['enqueue', 'cancel']).nullable(),
});
export type TargetRow = z.infer<typeof TargetRow>;

const KnownTarget = z.object({ id: TargetId, status: TargetStatus, report_version: z.number() });
const rows = (cursor: SqlStorageCursor<Record<string, SqlStorageValue>>): TargetRow[] =>
  cursor.toArray().map((row) => TargetRow.parse(row));

export class DeploymentStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  #plan: Plan | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /** Null before the start. The copy in memory saves parsing all items again: a plan never changes. */
  plan(): Plan | null {
    this.#plan ??= Plan.safeParse(this.#storage.kv.get('plan')).data ?? null;
    return this.#plan;
  }

  create(request: StartRequest): void {
    const { targets, ...plan } = request;
    this.#storage.kv.put('plan', plan);
    for (const [index, target] of targets.entries())
      this.#sql.exec(
        "INSERT INTO target (id, seq, host_id, device_id, device_key, device_name, item, status) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')",
        target.id,
        index,
        target.host_id,
        target.device_id,
        target.device_key,
        target.device_name,
        target.item,
      );
    const { strategy } = request;
    this.setState({
      status: 'pending',
      counts: { ...noCounts, pending: targets.length },
      maxConcurrency: strategy.max_concurrency,
      maxFailures: strategy.max_failures,
      cancelRequested: false,
      startedAt: null,
      endedAt: null,
    });
    this.setCursors({ version: 0, recorded: 0, published: 0 });
  }

  state(): DeploymentState {
    return Progressing.parse(this.#storage.kv.get('state'));
  }

  setState(state: DeploymentState): void {
    this.#storage.kv.put('state', state);
  }

  cursors(): Cursors {
    return Cursors.safeParse(this.#storage.kv.get('cursors')).data ?? { version: 0, recorded: 0, published: 0 };
  }

  setCursors(cursors: Cursors): void {
    this.#storage.kv.put('cursors', cursors);
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
       started_at = ?, completed_at = ?, report_version = ?, version = ? WHERE id = ?`,
      report.status,
      report.attempt,
      report.progress_percent,
      report.result_message,
      report.error_details,
      report.exit_code,
      report.waiting_for,
      report.started_at,
      report.completed_at,
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
    this.#sql.exec(
      "UPDATE target SET status = 'queued', to_tell = 'enqueue', waiting_for = NULL, version = ? WHERE id IN (SELECT id FROM target WHERE status = 'pending' ORDER BY seq LIMIT ?)",
      version,
      count,
    );
  }

  cancelInFlight(): void {
    this.#sql.exec(
      "UPDATE target SET to_tell = 'cancel' WHERE status IN ('queued', 'downloading', 'installing', 'running', 'verifying')",
    );
  }

  setWaiting(text: string, version: number): void {
    this.#sql.exec(
      "UPDATE target SET waiting_for = ?, version = ? WHERE status = 'pending' AND waiting_for IS NOT ?",
      text,
      version,
      text,
    );
  }

  hasToTell(): boolean {
    return this.#sql.exec('SELECT 1 FROM target WHERE to_tell IS NOT NULL LIMIT 1').toArray().length > 0;
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
    for (const target of targets)
      this.#sql.exec('UPDATE target SET to_tell = NULL WHERE id = ? AND to_tell = ?', target.id, target.to_tell);
  }

  changedSince(version: number, limit: number): TargetRow[] {
    return rows(this.#sql.exec('SELECT * FROM target WHERE version > ? ORDER BY version, seq LIMIT ?', version, limit));
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
}

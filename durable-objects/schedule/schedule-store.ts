/** The rows of a ScheduleObject. No decisions here. */
import { z } from 'zod';
import { type LedgerChange, ScheduleState } from '#domain/schedule/schedule-state.ts';
import { RunOutcome } from '#protocol/http/schedules.ts';
import { DeploymentId, ExecutionId, type IdSource, ScheduleId, TeamId, UserId, withNewIds } from '#protocol/ids.ts';
import { ReservedPolicy, RunKind } from '#protocol/schedule.ts';
import { Spec } from '#protocol/spec.ts';
import { Cell } from '../cell.ts';

/** What a person decided that the rules do not look at. */
export const Identity = z.object({
  team_id: TeamId,
  schedule_id: ScheduleId,
  name: z.string(),
  spec: Spec,
  if_reserved: ReservedPolicy,
  cron_expression: z.string().nullable(),
  created_by: z.object({ id: UserId, username: z.string() }).nullable(),
});
export type Identity = z.infer<typeof Identity>;

/** `version` counts changes; the cursors say how far D1 and the TeamObject have been told. */
const Cursors = z.object({ version: z.number(), recorded: z.number(), published: z.number(), edited: z.number() });

const Prepared = z.object({ at: z.number(), deploymentId: DeploymentId }).nullable();

export const EntryRow = z.object({
  scheduled_at: z.number(),
  kind: RunKind,
  outcome: RunOutcome,
  reason: z.string().nullable(),
  deployment_id: DeploymentId.nullable(),
  fired_at: z.number().nullable(),
  ended_at: z.number().nullable(),
  until: z.number().nullable(),
  execution_id: ExecutionId.nullable(),
  version: z.number(),
});
export type EntryRow = z.infer<typeof EntryRow>;

const NoticeRow = z.object({ seq: z.number(), entry: z.string() });
/** `withdraw` says why what waits on hosts shall not begin; null when it shall. */
const StoredNotice = z.object({
  level: z.enum(['info', 'warn', 'error']),
  text: z.string(),
  withdraw: z.string().nullable(),
});
export type StoredNotice = z.infer<typeof StoredNotice>;

/** Entries kept here once D1 has them: they answer whether an instant has fired, should the clock go back. */
const ENTRIES_KEPT = 500;

export class ScheduleStore {
  readonly identity: Cell<Identity | null>;
  readonly state: Cell<ScheduleState | null>;
  readonly cursors: Cell<z.infer<typeof Cursors>>;
  /** For the next instant, a moment before it: the deployment that will be, already brought up. */
  readonly prepared: Cell<z.infer<typeof Prepared>>;
  /** It was deleted: nothing of it is kept once everybody knows. */
  readonly removed: Cell<boolean>;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.identity = new Cell<Identity | null>(storage, 'identity', Identity, null);
    this.state = new Cell<ScheduleState | null>(storage, 'state', ScheduleState, null);
    this.cursors = new Cell(storage, 'cursors', Cursors, { version: 0, recorded: 0, published: 0, edited: 0 });
    this.prepared = new Cell(storage, 'prepared', Prepared, null);
    this.removed = new Cell(storage, 'removed', z.boolean(), false);
  }

  /** Reads everything again: a transaction failed, and copies may be ahead of the rows. */
  forgetCopies(): void {
    for (const cell of [this.identity, this.state, this.cursors, this.prepared, this.removed]) cell.forget();
  }

  /** Instants that have fired, also those of which nothing ran in the end. */
  firedSince(from: number): ReadonlySet<number> {
    const rows = this.#sql
      .exec(
        `SELECT scheduled_at FROM entry
         WHERE scheduled_at >= ? AND (deployment_id IS NOT NULL OR outcome NOT IN ('missed', 'skipped'))`,
        from,
      )
      .toArray();
    return new Set(rows.map((row) => z.number().parse(row.scheduled_at)));
  }

  /** Executions of instants that came to nothing are named here, in the order of the instants. */
  saveEntries(changes: readonly LedgerChange[], version: number, ids: IdSource): void {
    const ordered = changes.toSorted((left, right) => left.scheduledAt - right.scheduledAt);
    for (const { id, ...change } of withNewIds('exe', ids, ordered))
      this.#sql.exec(
        `INSERT INTO entry (scheduled_at, kind, outcome, reason, deployment_id, fired_at, ended_at, until, execution_id, version)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (scheduled_at) DO UPDATE SET kind = excluded.kind, outcome = excluded.outcome, reason = excluded.reason,
           deployment_id = excluded.deployment_id, fired_at = excluded.fired_at, ended_at = excluded.ended_at, until = excluded.until,
           execution_id = coalesce(entry.execution_id, excluded.execution_id), version = excluded.version`,
        change.scheduledAt,
        change.kind,
        change.outcome,
        change.reason,
        change.deploymentId,
        change.firedAt,
        change.endedAt,
        change.until,
        change.deploymentId === null ? id : null,
        version,
      );
  }

  hasUnrecorded(): boolean {
    return this.#sql.exec('SELECT 1 FROM entry WHERE version > recorded_version LIMIT 1').toArray().length > 0;
  }

  unrecorded(limit: number): EntryRow[] {
    return this.#sql
      .exec('SELECT * FROM entry WHERE version > recorded_version ORDER BY scheduled_at LIMIT ?', limit)
      .toArray()
      .map((row) => EntryRow.parse(row));
  }

  setRecorded(entries: readonly EntryRow[]): void {
    for (const { scheduled_at, version } of entries)
      this.#sql.exec('UPDATE entry SET recorded_version = ? WHERE scheduled_at = ?', version, scheduled_at);
    this.#sql.exec(
      `DELETE FROM entry WHERE version <= recorded_version AND scheduled_at <
         (SELECT scheduled_at FROM entry ORDER BY scheduled_at DESC LIMIT 1 OFFSET ?)`,
      ENTRIES_KEPT,
    );
  }

  addNotices(entries: readonly StoredNotice[]): void {
    for (const entry of entries) this.#sql.exec('INSERT INTO notice (entry) VALUES (?)', JSON.stringify(entry));
  }

  hasNotices(): boolean {
    return this.#sql.exec('SELECT 1 FROM notice LIMIT 1').toArray().length > 0;
  }

  notices(): { seq: number; notice: StoredNotice }[] {
    return this.#sql
      .exec('SELECT seq, entry FROM notice ORDER BY seq LIMIT 100')
      .toArray()
      .map((row) => NoticeRow.parse(row))
      .map(({ seq, entry }) => ({ seq, notice: StoredNotice.parse(JSON.parse(entry)) }));
  }

  deleteNotices(upTo: number): void {
    this.#sql.exec('DELETE FROM notice WHERE seq <= ?', upTo);
  }
}

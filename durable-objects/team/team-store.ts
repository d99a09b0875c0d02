/** The rows of a TeamObject. No decisions here. */
import { z } from 'zod';
import { Lock } from '#protocol/http/hosts.ts';
import { DeviceId, HostId } from '#protocol/ids.ts';
import type { TeamEvent } from '#protocol/live/events.ts';
import type { DeviceState, HostReport } from './team-rpc.ts';

const Devices = z.array(z.object({ device_id: DeviceId, has_running_deployment: z.boolean(), lock: Lock.nullable() }));

const HostRow = z.object({
  host_id: HostId,
  version: z.number(),
  online: z.number().transform((online) => online === 1),
  last_seen_at: z.string().nullable(),
  devices: z.string().transform((text): DeviceState[] => Devices.parse(JSON.parse(text))),
});
export type HostRow = z.infer<typeof HostRow>;

/** Events kept for dashboards that reconnect: some minutes of a busy team, about a megabyte. */
const EVENTS_KEPT = 2000;

const TRIM_EVERY = 100;

/** Sources whose last events are older than this have nothing doubled under way any more. */
const SOURCE_KEPT_MS = 24 * 3600 * 1000;

export class TeamStore {
  readonly #sql: SqlStorage;
  /** Copies of rows; the last number is known after the first question. */
  readonly #hosts = new Map<HostId, HostRow>();
  #lastSeq: number | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  /** Reads everything again: a transaction failed, and copies may be ahead of the rows. */
  forgetCopies(): void {
    this.#hosts.clear();
    this.#lastSeq = null;
  }

  host(id: HostId): HostRow | null {
    const known = this.#hosts.get(id);
    if (known !== undefined) return known;
    const [row] = this.#sql.exec('SELECT * FROM host WHERE host_id = ?', id).toArray();
    if (row === undefined) return null;
    const read = HostRow.parse(row);
    this.#hosts.set(id, read);
    return read;
  }

  hosts(ids: readonly HostId[]): HostRow[] {
    return this.#sql
      .exec('SELECT * FROM host WHERE host_id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))
      .toArray()
      .map((row) => HostRow.parse(row));
  }

  saveHost(report: HostReport): void {
    this.#sql.exec(
      `INSERT INTO host (host_id, version, online, last_seen_at, devices, locked, recorded) VALUES (?, ?, ?, ?, ?, ?, 0)
       ON CONFLICT (host_id) DO UPDATE SET version = excluded.version, last_seen_at = excluded.last_seen_at, devices = excluded.devices, locked = excluded.locked,
         recorded = CASE WHEN host.online = excluded.online THEN host.recorded ELSE 0 END, online = excluded.online`,
      report.host_id,
      report.version,
      report.online ? 1 : 0,
      report.last_seen_at,
      JSON.stringify(report.devices),
      report.devices.length,
    );
    const { host_id, version, online, last_seen_at, devices } = report;
    this.#hosts.set(host_id, { host_id, version, online, last_seen_at, devices });
  }

  removeHost(id: HostId): void {
    this.#sql.exec('DELETE FROM host WHERE host_id = ?', id);
    this.#hosts.delete(id);
  }

  onlineHostIds(): HostId[] {
    return this.#sql
      .exec('SELECT host_id FROM host WHERE online = 1')
      .toArray()
      .map((row) => HostId.parse(row.host_id));
  }

  lockedDevices(): number {
    return z.number().parse(this.#sql.exec('SELECT coalesce(sum(locked), 0) AS locked FROM host').one().locked);
  }

  hasUnrecorded(): boolean {
    return this.#sql.exec('SELECT 1 FROM host WHERE recorded = 0 LIMIT 1').toArray().length > 0;
  }

  unrecorded(limit: number): HostRow[] {
    return this.#sql
      .exec('SELECT * FROM host WHERE recorded = 0 LIMIT ?', limit)
      .toArray()
      .map((row) => HostRow.parse(row));
  }

  setRecorded(hosts: readonly HostRow[]): void {
    for (const host of hosts)
      this.#sql.exec('UPDATE host SET recorded = 1 WHERE host_id = ? AND version = ?', host.host_id, host.version);
  }

  sourceVersion(source: string): number {
    const [row] = this.#sql.exec('SELECT version FROM source WHERE source_id = ?', source).toArray();
    return row === undefined ? 0 : z.number().parse(row.version);
  }

  setSourceVersion(source: string, version: number, now: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO source (source_id, version, at) VALUES (?, ?, ?)', source, version, now);
    this.#sql.exec('DELETE FROM source WHERE at < ?', now - SOURCE_KEPT_MS);
  }

  lastSeq(): number {
    this.#lastSeq ??= this.#readLastSeq();
    return this.#lastSeq;
  }

  #readLastSeq(): number {
    const { seq } = this.#sql
      .exec("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) AS seq")
      .one();
    return z.number().parse(seq);
  }

  /** Numbers the events and keeps them; answers with the frames as they go out. */
  append(events: readonly TeamEvent[], at: string): string[] {
    const before = this.lastSeq();
    const frames = events.map((event, index) => JSON.stringify({ ...event, at, seq: before + index + 1 }));
    for (const [index, frame] of frames.entries())
      this.#sql.exec('INSERT INTO event (seq, frame) VALUES (?, ?)', before + index + 1, frame);
    this.#lastSeq = before + frames.length;
    // Once in a while is often enough.
    if (Math.floor(before / TRIM_EVERY) !== Math.floor(this.#lastSeq / TRIM_EVERY))
      this.#sql.exec('DELETE FROM event WHERE seq <= ?', this.#lastSeq - EVENTS_KEPT);
    return frames;
  }

  /** Frames after `since`; null when some of them are no longer kept, or `since` is not of this history. */
  eventsSince(since: number): string[] | null {
    const last = this.lastSeq();
    const [oldest] = this.#sql.exec('SELECT min(seq) AS seq FROM event').toArray();
    const first =
      z
        .number()
        .nullable()
        .parse(oldest?.seq ?? null) ?? last + 1;
    if (since > last || since < first - 1) return null;
    return this.#sql
      .exec('SELECT frame FROM event WHERE seq > ? ORDER BY seq', since)
      .toArray()
      .map((row) => z.string().parse(row.frame));
  }
}

/**
 * One team: its dashboards' sockets, who is online, which device is locked.
 * Key: the team id. Called by HostObjects (reports), by whatever has events to publish, and by the worker (reads, sockets).
 * Invariant: a report that is not newer than the last one of the same host or source changes nothing.
 */
import { DurableObject } from 'cloudflare:workers';
import { openDatabase } from '#database/database.ts';
import { projectPresence } from '#database/hosts.repository.ts';
import { hostEvents } from '#domain/team/host-events.ts';
import type { HostId } from '#protocol/ids.ts';
import type { LiveEvent, TeamEvent } from '#protocol/live/events.ts';
import type { Env } from '../env.ts';
import { Alarm } from '../outbox/alarm.ts';
import { Gather } from '../outbox/gather.ts';
import { migrate } from '../outbox/migrate.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { HostReport, HostReportAnswer, Publication, TeamDescription, TeamRpc } from './team-rpc.ts';
import { teamMigrations } from './team-schema.ts';
import { TeamStore } from './team-store.ts';

/** Presence in D1 is what lists fall back on when this object is away: a second late is early enough. */
const RECORD_DELAY_MS = 1000;
const HOSTS_PER_RECORD = 1000;

type GivenReport = { report: HostReport; taken: boolean };

export class TeamObject extends DurableObject<Env> implements TeamRpc {
  readonly clock = { now: () => Date.now(), random: () => Math.random() };
  readonly #store: TeamStore;
  readonly #alarm: Alarm;
  readonly #outbox: Outbox;
  readonly #hostReports = new Gather<GivenReport>((given) => this.#takeHostReports(given));

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, teamMigrations);
    this.#store = new TeamStore(ctx.storage);
    this.#alarm = new Alarm(ctx.storage);
    this.#outbox = new Outbox(
      [
        {
          name: 'record',
          delayMs: RECORD_DELAY_MS,
          intervalMs: RECORD_DELAY_MS,
          pending: () => this.#store.hasUnrecorded(),
          urgent: () => false,
          deliver: () => this.#record(),
        },
      ],
      {
        storage: ctx.storage,
        now: () => this.clock.now(),
        random: () => this.clock.random(),
        waitUntil: (promise) => ctx.waitUntil(promise),
        rearm: () => this.#alarm.arm(this.#outbox.nextWake()),
      },
    );
  }

  async describe(hostIds: HostId[]): Promise<TeamDescription> {
    const hosts = this.#store.hosts(hostIds);
    return {
      hosts: hosts.map(({ host_id, online, last_seen_at }) => ({ host_id, online, last_seen_at })),
      devices: hosts.flatMap((host) => host.devices),
    };
  }

  async overview(): Promise<{ online_host_ids: HostId[]; locked_device_count: number }> {
    return { online_host_ids: this.#store.onlineHostIds(), locked_device_count: this.#store.lockedDevices() };
  }

  async reportHost(report: HostReport): Promise<HostReportAnswer> {
    const given: GivenReport = { report, taken: false };
    await this.#hostReports.add(given);
    return { taken: given.taken, known_version: this.#store.host(report.host_id)?.version ?? report.version };
  }

  #takeHostReports(given: readonly GivenReport[]): void {
    this.#commit(() => given.flatMap((one) => this.#takeHostReport(one)));
    this.#outbox.kick();
  }

  #takeHostReport(given: GivenReport): TeamEvent[] {
    const { report } = given;
    const before = this.#store.host(report.host_id);
    if (before !== null && before.version >= report.version) return [];
    given.taken = true;
    if (report.removed) this.#store.removeHost(report.host_id);
    else this.#store.saveHost(report);
    return hostEvents(report.host_id, before, report);
  }

  async publish({ source, version, events }: Publication): Promise<void> {
    if (version !== null && this.#store.sourceVersion(source) >= version) return;
    this.#commit(() => {
      if (version !== null) this.#store.setSourceVersion(source, version, this.clock.now());
      return events;
    });
  }

  /** Writes the change and the events that tell of it in one transaction, then sends them. */
  #commit(change: () => readonly TeamEvent[]): void {
    try {
      const frames = this.ctx.storage.transactionSync(() => {
        const events = change();
        this.#alarm.arm(this.#outbox.nextWake());
        return this.#store.append(events, this.#at());
      });
      this.#broadcast(frames);
    } catch (error) {
      this.#store.forgetCopies();
      throw error;
    }
  }

  #at(): string {
    return new Date(this.clock.now()).toISOString();
  }

  #broadcast(frames: readonly string[]): void {
    if (frames.length === 0) return;
    for (const socket of this.ctx.getWebSockets()) for (const frame of frames) sendQuietly(socket, frame);
  }

  async #record(): Promise<void> {
    const hosts = this.#store.unrecorded(HOSTS_PER_RECORD);
    if (hosts.length === 0) return;
    await projectPresence(
      openDatabase(this.env.DB),
      hosts.map(({ host_id, online, last_seen_at }) => ({ host_id, online, last_seen_at })),
    );
    this.#store.setRecorded(hosts);
  }

  override async fetch(request: Request): Promise<Response> {
    const since = Number(new URL(request.url).searchParams.get('since') ?? Number.NaN);
    const pair = new WebSocketPair();
    this.ctx.acceptWebSocket(pair[1]);
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    for (const frame of this.#missed(since)) sendQuietly(pair[1], frame);
    return new Response(null, { status: 101, webSocket: pair[0] });
  }

  /** A dashboard that names no `since` begins with a resync too: it learns the number to come back with. */
  #missed(since: number): string[] {
    const kept = Number.isInteger(since) && since >= 0 ? this.#store.eventsSince(since) : null;
    if (kept !== null) return kept;
    const resync: LiveEvent = { event: 'resync', data: {}, at: this.#at(), seq: this.#store.lastSeq() };
    return [JSON.stringify(resync)];
  }

  /** Dashboards only listen; what they send is ignored. */
  override async webSocketMessage(): Promise<void> {}

  override async alarm(): Promise<void> {
    this.#alarm.fired();
    this.#outbox.kick();
    this.#alarm.arm(this.#outbox.nextWake());
  }
}

const sendQuietly = (socket: WebSocket, frame: string): void => {
  try {
    socket.send(frame);
  } catch {
    // The dashboard is gone; its close handler follows, and it comes back with `?since=`.
  }
};

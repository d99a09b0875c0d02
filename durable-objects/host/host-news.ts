/**
 * What a host tells others, and when: its deployments of their jobs, the TeamObject of presence and locks, D1 of what the agent says of
 * itself. What must still be told is in the host's rows; the copies here only save work.
 */
import { openDatabase } from '#database/database.ts';
import { listSchedulesOfHost } from '#database/host-schedules.repository.ts';
import { projectHostState } from '#database/hosts.repository.ts';
import type { HostLogEntry } from '#domain/host/host-log.ts';
import type { HostJob, HostState } from '#domain/host/host-state.ts';
import { scheduleList } from '#domain/host/schedule-list.ts';
import type { Env } from '../env.ts';
import type { Channel } from '../outbox/outbox.ts';
import { deploymentStub, teamStub } from '../stubs.ts';
import type { WriteBehind } from '../write-behind.ts';
import { fingerprint, hostSnapshot, jobReport } from './host-reports.ts';
import type { HostStore } from './host-store.ts';

/** A dashboard must hear of a lock within 100 ms; a job that is over sooner than this need not flicker on it. */
const TEAM_DELAY_MS = 50;

/** Steps of a quick job reach its deployment as one report; its end is sent at once. */
const REPORT_DELAY_MS = 50;

/** No snapshot is empty text, so this differs from all of them. */
const UNKNOWN = '';

/** Writes lines of the host's log, and whatever else `write` does, in one transaction. */
export type WriteLog = (write: () => readonly HostLogEntry[]) => void;

export class HostNews {
  readonly #writeLog: WriteLog;
  readonly #env: Env;
  readonly #store: HostStore;
  readonly #writeBehind: WriteBehind;
  #snapshot: string | null = null;
  #told: string | null = null;

  constructor(env: Env, store: HostStore, writeBehind: WriteBehind, writeLog: WriteLog) {
    this.#writeLog = writeLog;
    this.#env = env;
    this.#store = store;
    this.#writeBehind = writeBehind;
  }

  /** The state has changed: what others see of it may have. */
  noteState(state: HostState): void {
    this.#snapshot = this.#describe(state);
  }

  #describe(state: HostState): string | null {
    return this.#store.identity.get() === null ? null : fingerprint(state, this.#store.revoked.get());
  }

  channels(): Channel[] {
    return [
      {
        name: 'deployments',
        delayMs: REPORT_DELAY_MS,
        intervalMs: REPORT_DELAY_MS,
        pending: () => this.#store.unreported().length > 0,
        urgent: () => this.#store.unreported().some((job) => job.end !== null),
        deliver: () => this.#reportJobs(),
      },
      {
        name: 'team',
        delayMs: TEAM_DELAY_MS,
        intervalMs: TEAM_DELAY_MS,
        pending: () => this.#hasNewsForTeam(),
        urgent: () => false,
        deliver: () => this.#reportToTeam(),
      },
      {
        name: 'record',
        delayMs: 0,
        intervalMs: 0,
        pending: () => this.#hasNewsForRecord(),
        urgent: () => true,
        deliver: () => this.#project(),
      },
      {
        name: 'schedules',
        delayMs: 0,
        intervalMs: 0,
        pending: () => this.#store.process.get().isUnlisted,
        urgent: () => true,
        deliver: () => this.#listSchedules(),
      },
    ];
  }

  async #reportJobs(): Promise<void> {
    const identity = this.#store.identity.get();
    if (identity === null) return;
    const reports = [...Map.groupBy(this.#store.unreported(), (job) => job.deploymentId)].map(
      async ([deployment, jobs]) => {
        await deploymentStub(this.#env, deployment).report({ host_id: identity.host_id, reports: jobs.map(jobReport) });
        this.#store.setReportedLater(jobs);
        this.#writeBehind.later();
      },
    );
    await Promise.all(reports);
  }

  /** The deployment has heard of these states. */
  reported(jobs: readonly HostJob[]): void {
    this.#store.setReportedLater(jobs);
    this.#writeBehind.later();
  }

  #hasNewsForTeam(): boolean {
    this.#told ??= this.#store.told.get().snapshot;
    this.#snapshot ??= this.#describe(this.#store.state());
    return this.#snapshot !== null && this.#snapshot !== this.#told;
  }

  /**
   * Makes the next report one in any case. After a crash between a report and the note that it was told nobody knows which of
   * them the TeamObject has; every crash ends the socket, so a new connection is the moment to say it again.
   */
  forgetWhatTeamWasTold(): void {
    this.#told = UNKNOWN;
  }

  async #reportToTeam(): Promise<void> {
    const identity = this.#store.identity.get();
    if (identity === null) return;
    const { team_id, host_id } = identity;
    const state = this.#store.state();
    const removed = this.#store.revoked.get();
    const snapshot = hostSnapshot(state, identity, this.#store.devices.get(), removed);
    const version = this.#store.told.get().version + 1;
    const { taken, known_version } = await teamStub(this.#env, team_id).reportHost({
      team_id,
      host_id,
      version,
      ...snapshot,
    });
    this.#told = taken ? fingerprint(state, removed) : UNKNOWN;
    this.#store.told.setLater({ version: known_version, snapshot: this.#told });
    this.#writeBehind.later();
  }

  /** For the log of a host whose agent has just started. */
  async #listSchedules(): Promise<void> {
    const identity = this.#store.identity.get();
    const process = this.#store.process.get();
    if (identity === null) return;
    const schedules = await listSchedulesOfHost(openDatabase(this.#env.DB), identity.team_id, identity.host_id);
    this.#writeLog(() => {
      // Another process may have started meanwhile; it gets a list of its own.
      if (this.#store.process.get().id === process.id) this.#store.process.set({ ...process, isUnlisted: false });
      return scheduleList(identity.name, schedules.active, schedules.listed);
    });
  }

  #hasNewsForRecord(): boolean {
    const agent = this.#store.agent.get();
    return agent !== null && agent.version > agent.projected_version;
  }

  async #project(): Promise<void> {
    const identity = this.#store.identity.get();
    const agent = this.#store.agent.get();
    if (identity === null || agent === null) return;
    await projectHostState(openDatabase(this.#env.DB), {
      host_id: identity.host_id,
      team_id: identity.team_id,
      info: agent.info,
      agent_version: agent.agent_version,
      capabilities: agent.capabilities,
      devices: this.#store.devices.get(),
    });
    const now = this.#store.agent.get() ?? agent;
    this.#store.agent.setLater({ ...now, projected_version: Math.max(now.projected_version, agent.version) });
    this.#writeBehind.later();
  }
}

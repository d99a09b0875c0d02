/**
 * Starts what fires. A moment before a run is due its deployment's object, and those of its hosts, come up and its spec is read, so that at
 * the instant itself little is left to do. What was brought up is only a help: a start that finds nothing does all of it.
 */
import type { ScheduleCommand } from '#domain/schedule/decide.ts';
import type { Run } from '#domain/schedule/schedule-state.ts';
import { assertNever } from '#protocol/assert.ts';
import { type DeploymentId, type IdSource, newId } from '#protocol/ids.ts';
import type { ResolvedDraft } from '../deployment/draft.ts';
import type { Env } from '../env.ts';
import { deploymentStub, hostStub } from '../stubs.ts';
import { resolveAhead, type Start, startRun } from './schedule-effects.ts';
import type { Identity, ScheduleStore } from './schedule-store.ts';
import { startGate } from './start-gate.ts';

/**
 * How long before a run is due what it needs is brought up: a new object takes some milliseconds to make its storage, and a thousand of
 * them some seconds. At most nine seconds, because objects that nobody calls are put away after ten.
 */
const LEAD_MIN_MS = 1_500;
const LEAD_MAX_MS = 9_000;

/** Objects of hosts that come up with it; for more the deployment's own slices are as fast. */
const HOSTS_PREPARED = 20;

/** From 0 to 1, the same for the same id: its end is random. */
const spread = (id: string): number => (Number.parseInt(id.slice(-3), 36) % 1024) / 1024;

export type StarterDeps = {
  env: Env;
  store: ScheduleStore;
  ids: IdSource;
  apply: (command: ScheduleCommand) => void;
};

export class RunStarter {
  readonly #deps: StarterDeps;
  #ahead: { identity: Identity; at: number; draft: ResolvedDraft } | null = null;

  constructor(deps: StarterDeps) {
    this.#deps = deps;
  }

  /** The next instant, while nothing has come up for it. */
  #unprepared(): number | null {
    const { store } = this.#deps;
    const at = store.state.get()?.nextRunAt ?? null;
    return store.prepared.get()?.at === at ? null : at;
  }

  /** When what the next run needs must come up; null when it has, or when there is none. */
  nextWake(): number | null {
    const at = this.#unprepared();
    const identity = this.#deps.store.identity.get();
    if (at === null || identity === null) return null;
    // Schedules that fire together prepare one after the other.
    return at - LEAD_MIN_MS - spread(identity.schedule_id) * (LEAD_MAX_MS - LEAD_MIN_MS);
  }

  /** The instant for which it is time to prepare; null when there is none. */
  due(now: number): number | null {
    const at = this.#unprepared();
    return at === null || at <= now || at - now > LEAD_MAX_MS ? null : at;
  }

  /** Whatever fails here is done again by the start, which will say so. */
  async prepare(at: number, deploymentId: DeploymentId): Promise<void> {
    await Promise.allSettled([deploymentStub(this.#deps.env, deploymentId).prepare(), this.#resolve(at)]);
  }

  async #resolve(at: number): Promise<void> {
    const { env, store } = this.#deps;
    const identity = store.identity.get();
    const draft = identity === null ? null : await resolveAhead(env, identity);
    if (identity === null || draft === null) return;
    this.#ahead = { identity, at, draft };
    const hosts = [...new Set(draft.targets.map(({ host_id }) => host_id))].slice(0, HOSTS_PREPARED);
    await Promise.allSettled(hosts.map((host) => hostStub(env, host).prepare()));
  }

  /** What was read for this very instant and definition; an eviction forgets it, and then it is read again. */
  #resolvedFor(identity: Identity, run: Run): ResolvedDraft | null {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead?.identity === identity && ahead.at === run.scheduledAt ? ahead.draft : null;
  }

  /** The deployment that the run of `at` gets: the one that came up for it, if any. */
  deploymentFor(at: number | null): DeploymentId {
    const prepared = this.#deps.store.prepared.get();
    return prepared !== null && prepared.at === at ? prepared.deploymentId : newId('dep', this.#deps.ids);
  }

  unstarted(): Run[] {
    return (this.#deps.store.state.get()?.runs ?? []).filter(({ startedAt }) => startedAt === null);
  }

  /** In their order: the first one runs, and the next one waits for it. Without a place nothing starts; whoever delivers comes again. */
  async start(): Promise<void> {
    const place = await startGate.enter();
    if (place === null) return;
    try {
      for (const { deploymentId } of this.unstarted()) await this.#startRun(deploymentId);
    } finally {
      await startGate.leave(place);
    }
  }

  async #startRun(deploymentId: DeploymentId): Promise<void> {
    const { env, store, ids, apply } = this.#deps;
    const identity = store.identity.get();
    const state = store.state.get();
    // It may have been withdrawn while another was started.
    const run = this.unstarted().find((one) => one.deploymentId === deploymentId);
    if (identity === null || state === null || run === undefined) return;
    try {
      const start = await startRun(env, ids, identity, state, run, this.#resolvedFor(identity, run));
      apply(commandFor(deploymentId, start));
    } catch (error) {
      apply({ type: 'run_postponed', deploymentId, reason: rootMessage(error) });
      throw error;
    }
  }
}

const commandFor = (deploymentId: DeploymentId, start: Start): ScheduleCommand => {
  switch (start.type) {
    case 'started':
      return { type: 'run_started', deploymentId };
    case 'withdrawn':
      return { type: 'run_withdrawn', deploymentId };
    case 'repeated':
      return { type: 'run_repeated', deploymentId, before: start.before };
    case 'refused':
      return { type: 'run_refused', deploymentId, reason: start.reason };
    default:
      return assertNever(start);
  }
};

/** For people: all that can fail is the record. Of what went wrong at the bottom the first line, without the query that it went wrong in. */
const rootMessage = (error: unknown): string => {
  if (error instanceof Error && error.cause !== undefined) return rootMessage(error.cause);
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return `the database was not available: ${line.slice(0, 200)}`;
};

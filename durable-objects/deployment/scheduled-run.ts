/** What a deployment that a schedule fired tells of itself: its executions, device by device, and how the run as a whole goes. */
import type { RecordedExecution } from '#database/schedule-records.repository.ts';
import { executionsOf } from '#domain/schedule/execution.ts';
import type { TeamEvent } from '#protocol/live/events.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import type { Env } from '../env.ts';
import type { Channel } from '../outbox/outbox.ts';
import type { RunReport } from '../schedule/schedule-rpc.ts';
import { startGate } from '../schedule/start-gate.ts';
import { scheduleStub } from '../stubs.ts';
import type { DeploymentStore, Plan, TargetRow } from './deployment-store.ts';

/** Whether a run has begun is no news that anybody waits for; its end is told at once. */
const REPORT_DELAY_MS = 50;

/** A fleet that ends at once is too much to tell one by one: dashboards read the rest when they hear that the run is over. */
const MAX_EXECUTION_EVENTS = 100;

export class ScheduledRun {
  readonly #env: Env;
  readonly #store: DeploymentStore;

  constructor(env: Env, store: DeploymentStore) {
    this.#env = env;
    this.#store = store;
  }

  channel(): Channel {
    return {
      name: 'schedule',
      delayMs: REPORT_DELAY_MS,
      intervalMs: REPORT_DELAY_MS,
      pending: () => this.#isBehind(),
      yields: () => startGate.isBusy(),
      urgent: () => isFinalDeployment(this.#store.state().status),
      deliver: () => this.#report(),
    };
  }

  #isBehind(): boolean {
    return this.#store.isFired() && this.#store.run.get().told !== this.#fingerprint();
  }

  /** Changes exactly when its schedule must hear of it. */
  #fingerprint(): string {
    const { status, counts } = this.#store.state();
    return `${status} ${this.#store.run.get().ran} ${counts.failed > 0}`;
  }

  report(plan: Plan): RunReport {
    const { status, counts, startedAt, endedAt, stopReason } = this.#store.state();
    const problem = isFinalDeployment(status) && status !== 'completed' ? this.#store.firstMessage('failed') : null;
    const skipped = isFinalDeployment(status) && counts.skipped > 0 ? this.#store.firstMessage('skipped') : null;
    const parts = [counts.failed > 1 ? `${counts.failed} targets failed` : null, problem, stopReason ?? skipped];
    return {
      deployment_id: plan.deployment_id,
      version: this.#store.cursors.get().version,
      status,
      ran: this.#store.run.get().ran,
      failed: counts.failed > 0,
      reason: parts.filter((part) => part !== null).join(': ') || null,
      started_at: startedAt,
      ended_at: endedAt,
    };
  }

  async #report(): Promise<void> {
    const plan = this.#store.plan.get();
    if (plan?.firing == null) return;
    const fingerprint = this.#fingerprint();
    await scheduleStub(this.#env, plan.firing.schedule_id).reportRun(this.report(plan));
    this.#store.run.set({ ...this.#store.run.get(), told: fingerprint });
  }

  /** Of the devices of these targets; each with the version of its latest change. */
  executions(plan: Plan, changed: readonly TargetRow[]): RecordedExecution[] {
    if (plan.firing === null || changed.length === 0) return [];
    const whole = plan.items.length === 1 ? changed : this.#store.targetsOfDevices(changed);
    return executionsOf(plan.firing, plan.deployment_id, whole).map(({ execution, targets }) => ({
      ...execution,
      version: Math.max(...targets.map(({ version }) => version)),
    }));
  }

  events(plan: Plan, changed: readonly TargetRow[]): TeamEvent[] {
    return this.executions(plan, changed)
      .slice(0, MAX_EXECUTION_EVENTS)
      .map(({ version: _version, ...execution }) => ({
        event: 'execution_updated',
        data: { ...execution, schedule_name: plan.name },
      }));
  }
}

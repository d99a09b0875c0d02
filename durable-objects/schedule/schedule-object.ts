/**
 * One schedule: when it fires next, its runs that go on, how many have counted.
 * Key: the schedule id. Called by the worker (define, control, execute, look) and by DeploymentObjects (reports of runs).
 * Wiring only: the rules are in `domain/schedule`, `ScheduleCore` applies them. Its one alarm is for the next run, the end date, the outbox.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Definition, ScheduleDecision } from '#domain/schedule/schedule-state.ts';
import { assertInvariant } from '#protocol/assert.ts';
import type { ScheduleState } from '#protocol/http/schedules.ts';
import { newId } from '#protocol/ids.ts';
import type { Env } from '../env.ts';
import { migrate } from '../outbox/migrate.ts';
import { shownState } from './schedule-answers.ts';
import { ScheduleCore } from './schedule-core.ts';
import type {
  ControlAnswer,
  ExecuteAnswer,
  RunReport,
  ScheduleControl,
  ScheduleDefinition,
  ScheduleRpc,
} from './schedule-rpc.ts';
import { scheduleMigrations } from './schedule-schema.ts';

export class ScheduleObject extends DurableObject<Env> implements ScheduleRpc {
  readonly core: ScheduleCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, scheduleMigrations);
    this.core = new ScheduleCore(ctx, env);
  }

  async define(given: ScheduleDefinition): Promise<ControlAnswer> {
    const { team_id, schedule_id, name, spec, if_reserved, cron_expression, created_by } = given;
    const identity = { team_id, schedule_id, name, spec, if_reserved, cron_expression, created_by };
    const known = this.core.store.state.get()?.definition.version ?? 0;
    if (known > 0) this.core.settle();
    return this.#answer(
      this.core.apply({ type: 'define', definition: definitionOf(given) }, () => {
        if (given.version > known) this.core.store.identity.set(identity);
      }),
    );
  }

  async state(): Promise<ScheduleState | null> {
    const state = this.core.store.state.get();
    return state === null ? null : shownState(state);
  }

  async control(command: ScheduleControl): Promise<ControlAnswer> {
    this.core.settle();
    return this.#answer(this.core.apply(command === 'stop' ? { type: 'stop', reason: null } : { type: command }));
  }

  async end(reason: string): Promise<ControlAnswer> {
    this.core.settle();
    return this.#answer(this.core.apply({ type: 'stop', reason }));
  }

  #answer(decision: ScheduleDecision): ControlAnswer {
    return decision.type === 'accepted'
      ? { ok: true, state: shownState(decision.state) }
      : { ok: false, message: decision.reason };
  }

  async execute(): Promise<ExecuteAnswer> {
    this.core.settle();
    const deploymentId = newId('dep', this.core.ids);
    const decision = this.core.apply({ type: 'execute', deploymentId });
    if (decision.type === 'rejected') return { ok: false, message: decision.reason };
    const run = decision.state.runs.find((one) => one.deploymentId === deploymentId);
    assertInvariant(run !== undefined, 'an accepted execution is a run');
    const scheduled_at = new Date(run.scheduledAt).toISOString();
    return { ok: true, deployment_id: deploymentId, scheduled_at, state: shownState(decision.state) };
  }

  async remove(): Promise<void> {
    if (this.core.store.state.get() === null) return;
    this.core.apply({ type: 'remove' }, () => this.core.store.removed.set(true));
  }

  async look(): Promise<string[]> {
    return this.core.look();
  }

  async reportRun({
    deployment_id: deploymentId,
    ended_at: endedAt,
    started_at: _started,
    ...news
  }: RunReport): Promise<void> {
    if (this.core.store.state.get() === null) return;
    // A run that ends may end the schedule: what is due came before.
    this.core.settle();
    this.core.apply({ type: 'run_reported', news: { ...news, deploymentId, endedAt } });
  }

  async record(): Promise<void> {
    await this.core.record();
  }

  override async alarm(): Promise<void> {
    this.core.tick();
  }
}

const definitionOf = (given: ScheduleDefinition): Definition => ({
  version: given.version,
  recurrence: given.recurrence,
  timezone: given.timezone,
  startAt: given.start_at,
  endAt: given.end_at,
  max_executions: given.max_executions,
  count: given.count,
  overlap: given.overlap,
  misfire: given.misfire,
});

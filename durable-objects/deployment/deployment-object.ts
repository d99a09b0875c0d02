/**
 * One deployment in flight: its plan, every target's state, the counts, and who must still hear of what.
 * Key: the deployment id. Called by the worker (start, reads, cancel) and by HostObjects (reports).
 * Wiring only: the rules are in `domain/deployment`, `DeploymentCore` applies them.
 */
import { DurableObject } from 'cloudflare:workers';
import { deploymentCounts } from '#domain/deployment/deployment-counts.ts';
import { wavesOf } from '#domain/deployment/waves.ts';
import { assertInvariant } from '#protocol/assert.ts';
import type { DeploymentSummary, Progress, Target, Wave } from '#protocol/http/deployments.ts';
import { MAX_TARGETS } from '#protocol/limits.ts';
import type { Env } from '../env.ts';
import { migrate } from '../outbox/migrate.ts';
import type { RunReport } from '../schedule/schedule-rpc.ts';
import { targetOf } from './deployment-answers.ts';
import { DeploymentCore } from './deployment-core.ts';
import type { Control, DeploymentRpc, StartRequest, TargetPage } from './deployment-rpc.ts';
import { deploymentMigrations } from './deployment-schema.ts';

export class DeploymentObject extends DurableObject<Env> implements DeploymentRpc {
  readonly core: DeploymentCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, deploymentMigrations);
    this.core = new DeploymentCore(ctx, env);
  }

  async prepare(): Promise<void> {}

  async start(request: StartRequest): Promise<DeploymentSummary> {
    const { store } = this.core;
    if (store.plan.get() === null) this.core.apply({ type: 'start' }, [], () => store.create(request));
    const summary = await this.summary();
    assertInvariant(summary !== null, 'a started deployment has a plan');
    return summary;
  }

  async summary(): Promise<DeploymentSummary | null> {
    const plan = this.core.store.plan.get();
    return plan === null ? null : this.core.summary(plan);
  }

  async progress(): Promise<Progress | null> {
    const plan = this.core.store.plan.get();
    if (plan === null) return null;
    const state = this.core.store.state();
    const targets = await this.targets({ status: null, after: null, limit: MAX_TARGETS });
    return { deployment_id: plan.deployment_id, status: state.status, ...deploymentCounts(state.counts), targets };
  }

  async targets(page: TargetPage): Promise<Target[]> {
    const plan = this.core.store.plan.get();
    return plan === null ? [] : this.core.store.page(page).map((row) => targetOf(plan, row));
  }

  async waves(): Promise<Wave[]> {
    const plan = this.core.store.plan.get();
    return plan === null ? [] : wavesOf(this.core.summary(plan), this.core.store.countsByWave());
  }

  async control(command: Control): Promise<{ ok: true; summary: DeploymentSummary } | { ok: false; message: string }> {
    const plan = this.core.store.plan.get();
    if (plan === null) return { ok: false, message: 'deployment has not started' };
    const decision = this.core.apply({ type: command });
    return decision.type === 'accepted'
      ? { ok: true, summary: this.core.summary(plan) }
      : { ok: false, message: decision.reason };
  }

  async look(): Promise<void> {
    this.core.tick();
  }

  async runReport(): Promise<RunReport | null> {
    const plan = this.core.store.plan.get();
    return plan?.firing == null ? null : this.core.runReport(plan);
  }

  async record(): Promise<void> {
    await this.core.record();
  }

  async report(request: Parameters<DeploymentRpc['report']>[0]): Promise<void> {
    await this.core.takeReports(request.reports);
  }

  override async alarm(): Promise<void> {
    this.core.tick();
  }
}

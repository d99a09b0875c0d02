/** The look at a plan before it is carried out: fetched, shown, confirmed; when it has changed meanwhile, what changed and the new one. */
import type { DeploymentPlan, PlanDifference } from '#protocol/http/deployments.ts';
import type { DeploymentId } from '#protocol/ids.ts';
import { planDifference } from './plan-difference.ts';

export interface PlanSource {
  readonly failure: unknown;
  plan: () => Promise<DeploymentPlan | null>;
  submit: (planHash: string) => Promise<DeploymentId | null>;
}

export class PlanReview {
  readonly #source: PlanSource;
  #plan = $state.raw<DeploymentPlan | null>(null);
  #difference = $state.raw<readonly PlanDifference[]>([]);

  constructor(source: PlanSource) {
    this.#source = source;
  }

  get plan(): DeploymentPlan | null {
    return this.#plan;
  }

  /** Against the plan that was shown before; empty for the first. */
  get difference(): readonly PlanDifference[] {
    return this.#difference;
  }

  /** False: there is no plan, and the form says why. */
  async open(): Promise<boolean> {
    this.#difference = [];
    this.#plan = await this.#source.plan();
    return this.#plan !== null;
  }

  close(): void {
    this.#plan = null;
  }

  /** The deployment that was made. Null: either another plan is shown now, or the form says why not. */
  async confirm(): Promise<DeploymentId | null> {
    const shown = this.#plan;
    if (shown === null) return null;
    const made = await this.#source.submit(shown.plan_hash);
    if (made !== null) return made;
    const difference = planDifference(this.#source.failure);
    // What is wrong stands in the form, below the plan.
    this.#plan = difference === null ? null : await this.#source.plan();
    this.#difference = difference ?? [];
    return null;
  }
}

/** The new-deployment form while it is filled in, its plan, and sending it. */
import type { DeploymentPlan } from '#protocol/http/deployments.ts';
import type { DeploymentId } from '#protocol/ids.ts';
import { api } from '../api/api.ts';
import { envOf } from './action-form.ts';
import { checkForm, hasSpecControl, issuesByField } from './check-form.ts';
import { CheckedForm } from './checked-form.svelte.ts';
import type { DeployForm } from './form.ts';
import { KeyPerBody } from './key-per-body.ts';
import { planDifference } from './plan-difference.ts';
import type { SpecModel } from './spec-model.ts';

export class DeployModel extends CheckedForm implements SpecModel {
  form: DeployForm;
  readonly #keys = new KeyPerBody(() => crypto.randomUUID());

  constructor(form: DeployForm) {
    super({
      check: () => checkForm(this.form),
      // What a changed plan lists is what differs, not what is wrong with a field.
      place: (refusal) =>
        issuesByField(planDifference(refusal) === null ? (refusal.problem.errors ?? []) : [], envOf(this.form)),
      hasControl: hasSpecControl,
    });
    this.form = $state(form);
  }

  /** Nothing of what was deployed before is readable. */
  keepsSecret(): boolean {
    return false;
  }

  /** What it would do, or null: then the errors say what is wrong. */
  plan(): Promise<DeploymentPlan | null> {
    return this.send((body) => api.deployments.plan(body));
  }

  /** The deployment that was made, or null: then the errors say why not. With the hash of a plan it is that plan or none. */
  submit(planHash: string | null = null): Promise<DeploymentId | null> {
    return this.send(async (spec) => {
      const body = planHash === null ? spec : { ...spec, plan_hash: planHash };
      return (await api.deployments.create(body, this.#keys.keyOf(body))).deployment_id;
    });
  }
}

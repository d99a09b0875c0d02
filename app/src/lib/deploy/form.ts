/**
 * The new-deployment form as a person fills it in, and the way from it to a spec and back. All numbers are text here, because a
 * half-typed number is text; the schema says what is wrong with it.
 */
import type { ActionKind, Spec } from '#protocol/spec.ts';
import { type ActionForm, actionForm, actionInput, emptyAction } from './action-form.ts';
import { emptyHealth, type HealthForm, healthForm, healthInput } from './health-form.ts';
import { bytesOf, bytesText, wholeNumber } from './number-text.ts';
import { emptyStrategy, type StrategyForm, strategyForm, strategyInput } from './strategy-form.ts';

export interface DeployForm extends ActionForm {
  name: string;
  deviceIds: string[];
  groupIds: string[];
  timeoutSeconds: string;
  retries: string;
  idempotent: boolean;
  offlinePolicy: 'fail' | 'wait';
  expiresInSeconds: string;
  strategy: StrategyForm;
  health: HealthForm;
  rollbackOnFailure: boolean;
  /** A second, such as `2 MB`; empty: no limit. */
  bandwidthLimit: string;
}

export const emptyForm = (kind: ActionKind = 'command'): DeployForm => ({
  ...emptyAction(kind),
  name: '',
  deviceIds: [],
  groupIds: [],
  timeoutSeconds: '600',
  retries: '0',
  idempotent: false,
  offlinePolicy: 'fail',
  expiresInSeconds: '86400',
  strategy: emptyStrategy(),
  health: emptyHealth(),
  rollbackOnFailure: false,
  bandwidthLimit: '',
});

/** The groups of blue and green are the targets; what was chosen for another strategy waits in the form. */
const targetsOf = ({ strategy, deviceIds, groupIds }: DeployForm): Record<string, unknown> =>
  strategy.type === 'blue_green'
    ? { device_ids: [], group_ids: [] }
    : { device_ids: [...deviceIds], group_ids: [...groupIds] };

/** The body of the request; not checked yet. */
export const specInput = (form: DeployForm): Record<string, unknown> => ({
  ...(form.name.trim() === '' ? {} : { name: form.name }),
  action: actionInput(form),
  ...targetsOf(form),
  timeout_seconds: wholeNumber(form.timeoutSeconds),
  retries: wholeNumber(form.retries),
  idempotent: form.idempotent,
  offline:
    form.offlinePolicy === 'fail'
      ? { policy: 'fail' }
      : { policy: 'wait', expires_in_seconds: wholeNumber(form.expiresInSeconds) },
  strategy: strategyInput(form.strategy),
  health_check: healthInput(form.health),
  rollback_on_failure: form.rollbackOnFailure,
  bandwidth_limit: bytesOf(form.bandwidthLimit),
});

/** The form that an earlier deployment was made with, to make another one. Secret values are asked for again. */
export const formOf = (spec: Spec): DeployForm => ({
  ...emptyForm(),
  ...actionForm(spec.action),
  name: spec.name ?? '',
  deviceIds: [...spec.device_ids],
  groupIds: [...spec.group_ids],
  timeoutSeconds: String(spec.timeout_seconds),
  retries: String(spec.retries),
  idempotent: spec.idempotent,
  offlinePolicy: spec.offline.policy,
  expiresInSeconds: spec.offline.policy === 'wait' ? String(spec.offline.expires_in_seconds) : '86400',
  strategy: strategyForm(spec.strategy),
  health: healthForm(spec.health_check),
  rollbackOnFailure: spec.rollback_on_failure,
  bandwidthLimit: bytesText(spec.bandwidth_limit),
});

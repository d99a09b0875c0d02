/** Refusals of the deployment routes. */
import type { Control } from '#durable-objects/deployment/deployment-rpc.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import { conflict, impossible, notFound, type Refusal, refuse } from '../http/problem.ts';

export const deploymentNotFound = (): Refusal => notFound('deployments');

export const cannotDeploy = (errors: FieldIssue[]): Refusal =>
  refuse(422, 'deployments.impossible', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    errors,
  });

export const planChanged = (errors: FieldIssue[]): Refusal =>
  refuse(
    409,
    'deployments.plan_changed',
    `The plan has changed since: ${errors.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
    { errors },
  );

const verbs: Record<Control, string> = {
  cancel: 'canceled',
  pause: 'paused',
  resume: 'resumed',
  promote: 'promoted',
};

export const cannotControl = (command: Control, reason: string): Refusal =>
  conflict(`deployments.not_${verbs[command]}`, `This cannot be ${verbs[command]}: the ${reason}.`);

export const cannotRetry = (reason: string): Refusal =>
  conflict('deployments.not_retried', `This cannot be retried: the ${reason}.`);

export const nothingToRetry = (message: string): Refusal => impossible('deployments.nothing_to_retry', 'only', message);

export const cannotRollBack = (reason: string): Refusal =>
  conflict('deployments.not_rolled_back', `This cannot be rolled back: ${reason}.`);

/** Refusals of the deployment routes. */
import type { FieldIssue } from '#protocol/issues.ts';
import { conflict, notFound, type Refusal, refuse } from '../http/problem.ts';

export const deploymentNotFound = (): Refusal => notFound('deployments');

export const cannotDeploy = (errors: FieldIssue[]): Refusal =>
  refuse(422, 'deployments.impossible', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    errors,
  });

export const cannotCancel = (reason: string): Refusal =>
  conflict('deployments.not_cancelable', `This cannot be canceled: the ${reason}.`);

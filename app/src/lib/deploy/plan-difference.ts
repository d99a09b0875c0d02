/** What has changed since a plan was shown, when that is why a deployment was refused. */
import type { PlanDifference } from '#protocol/http/deployments.ts';
import { ApiError } from '../api/api-error.ts';

export const planDifference = (error: unknown): PlanDifference[] | null =>
  error instanceof ApiError && error.problem.type === 'deployments.plan_changed' ? (error.problem.errors ?? []) : null;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "Devices added: web-3". */
export const differenceText = ({ path, message }: PlanDifference): string =>
  capital(path === 'devices' || path === 'items' ? `${path} ${message}` : message);

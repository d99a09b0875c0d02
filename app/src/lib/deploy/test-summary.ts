/** A deployment in a line, for tests; each changes what it is about. */
import type { DeploymentSummary } from '#protocol/http/deployments.ts';
import { DeploymentId } from '#protocol/ids.ts';
import { id } from './test-ids.ts';

export const summary = (number: number, change: Partial<DeploymentSummary> = {}): DeploymentSummary => ({
  id: DeploymentId.parse(id('dep', number)),
  name: `deployment ${number}`,
  kind: 'command',
  status: 'in_progress',
  created_by: 'admin',
  created_at: '2026-01-01T00:00:00.000Z',
  started_at: null,
  ended_at: null,
  strategy: 'parallel',
  wave: 1,
  waves: 1,
  gate: null,
  stop_reason: null,
  parent: null,
  schedule: null,
  rollback_id: null,
  total_targets: 1,
  pending: 1,
  running: 0,
  completed: 0,
  failed: 0,
  skipped: 0,
  canceled: 0,
  success_rate: null,
  ...change,
});

/** Requests and results for tests of the objects. */

import type { z } from 'zod';
import type { JobWork } from '#protocol/agent/job.ts';
import type { JobResult } from '#protocol/agent/to-server.ts';
import type { EnqueueRequest } from '../host/host-rpc.ts';
import { id } from './ids.ts';
import type { EnrolledHost } from './test-agent.ts';

export const UPTIME: JobWork = {
  action: { kind: 'command', command: 'uptime', shell: 'sh', working_directory: null, env: {}, secret_env: [] },
  health_check: null,
  bandwidth_limit: null,
  undoes: null,
};

export const enqueueRequest = (
  host: EnrolledHost,
  count = 1,
  overrides: Partial<EnqueueRequest> = {},
): EnqueueRequest => ({
  deployment_id: id('dep'),
  deployment_name: 'Run uptime',
  timeout_seconds: 60,
  retries: 0,
  idempotent: false,
  offline: { policy: 'fail' },
  created_at: Date.now(),
  firing: null,
  items: 1,
  jobs: Array.from({ length: count }, () => ({
    target_id: id('tgt'),
    device_id: host.self_device_id,
    device_key: 'self',
    device_name: host.name,
    label: 'uptime',
    work: UPTIME,
  })),
  ...overrides,
});

type Result = z.infer<typeof JobResult>;

export const resultOf = (
  job: { target_id: Result['target_id']; attempt: number },
  overrides: Partial<Result> = {},
): Result => ({
  type: 'job.result',
  target_id: job.target_id,
  attempt: job.attempt,
  outcome: 'completed',
  reason: 'ok',
  exit_code: 0,
  message: 'exited with code 0',
  details: null,
  undo: null,
  log_end: 0,
  ...overrides,
});

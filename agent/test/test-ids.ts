import { randomBytes } from 'node:crypto';
import type { CommandJob, Job } from '#protocol/agent/job.ts';
import { type IdSource, newId } from '#protocol/ids.ts';

export const testIds: IdSource = { now: Date.now, randomBytes };

export type JobParts = Partial<Omit<Job, 'action'>> & { command?: string };

export const testJob = ({ command = 'true', ...parts }: JobParts = {}): Job => {
  const action: CommandJob = {
    kind: 'command',
    command,
    shell: 'sh',
    working_directory: null,
    env: {},
    secret_env: [],
  };
  return {
    target_id: newId('tgt', testIds),
    attempt: 1,
    deployment_id: newId('dep', testIds),
    device_key: 'self',
    action,
    timeout_seconds: 60,
    health_check: null,
    bandwidth_limit: null,
    undoes: null,
    idempotent: false,
    log_offset: 0,
    ...parts,
  };
};

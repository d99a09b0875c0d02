/** Host states for tests, with real ids. */

import type { z } from 'zod';
import type { JobResult } from '#protocol/agent/to-server.ts';
import { DeploymentId, ScheduleId, TargetId, UserId } from '#protocol/ids.ts';
import type { HostJob, HostState, JobFiring, Reservation } from './host-state.ts';

const serial = (number: number): string => String(number).padStart(26, '0');
export const targetId = (number: number): TargetId => TargetId.parse(`tgt_${serial(number)}`);
export const deploymentId = (number: number): DeploymentId => DeploymentId.parse(`dep_${serial(number)}`);
export const scheduleId = (number: number): ScheduleId => ScheduleId.parse(`sch_${serial(number)}`);
export const userId = (number: number): UserId => UserId.parse(`user_${serial(number)}`);

export const T0 = Date.parse('2026-03-01T12:00:00Z');

export const job = (number: number, overrides: Partial<HostJob> = {}): HostJob => ({
  targetId: targetId(number),
  deploymentId: deploymentId(1),
  deploymentName: 'Run uptime',
  deviceKey: 'self',
  position: number,
  attempt: 1,
  retriesLeft: 0,
  idempotent: false,
  timeoutMs: 60_000,
  waitUntil: null,
  status: 'queued',
  sent: false,
  holdsDevice: false,
  cancelRequested: false,
  sentAt: null,
  startedAt: null,
  deadlineAt: null,
  progressPercent: null,
  waitingFor: null,
  end: null,
  undo: null,
  logEnd: null,
  firing: null,
  version: 1,
  ...overrides,
});

export const firing = (overrides: Partial<JobFiring> = {}): JobFiring => ({
  kind: 'scheduled',
  overlap: 'queue_one',
  if_reserved: 'skip',
  counted: 15,
  count: 'runs',
  max_executions: null,
  scheduleId: scheduleId(1),
  scheduledAt: T0,
  what: 'Script: test_login.py',
  deviceName: 'emulator-5554',
  continues: false,
  began: null,
  failed: false,
  ...overrides,
});

/** A job of an execution of its own, a minute apart, unless it is told to be of another's deployment. */
export const firedJob = (number: number, fired: Partial<JobFiring> = {}, overrides: Partial<HostJob> = {}): HostJob =>
  job(number, {
    deploymentId: deploymentId(number),
    firing: firing({ scheduledAt: T0 + number * 60_000, ...fired }),
    ...overrides,
  });

export const sentJob = (number: number, overrides: Partial<HostJob> = {}): HostJob =>
  job(number, { sent: true, holdsDevice: true, sentAt: T0, deadlineAt: T0 + 90_000, ...overrides });

export const runningJob = (number: number, overrides: Partial<HostJob> = {}): HostJob =>
  sentJob(number, { sent: true, status: 'running', startedAt: T0, ...overrides });

export const hostState = (overrides: Partial<HostState> = {}): HostState => ({
  connection: { state: 'online', since: T0 },
  attached: new Set(['self', 'phone']),
  jobs: [],
  reservations: [],
  ...overrides,
});

export const offline = (since: number = T0, graceUntil: number = since): HostState['connection'] => ({
  state: 'offline',
  since,
  graceUntil,
});

export const reservation = (overrides: Partial<Reservation> = {}): Reservation => ({
  deviceKey: 'self',
  userId: userId(1),
  userName: 'mia',
  reason: 'debugging',
  since: T0,
  expiresAt: T0 + 600_000,
  takenFrom: null,
  ...overrides,
});

export const result = (
  number: number,
  overrides: Partial<z.infer<typeof JobResult>> = {},
): z.infer<typeof JobResult> => ({
  type: 'job.result',
  target_id: targetId(number),
  attempt: 1,
  outcome: 'completed',
  reason: 'ok',
  exit_code: 0,
  message: 'exited with code 0',
  details: null,
  undo: null,
  log_end: 0,
  ...overrides,
});

/** What is known of a run when everything is quiet: what was asked for, what the server says, and what really happened. */

import type { z } from 'zod';
import type { DeploymentSummary, Progress, Target } from '#protocol/http/deployments.ts';
import type { Device } from '#protocol/http/hosts.ts';
import type { LedgerEntry, ListedExecution, Schedule } from '#protocol/http/schedules.ts';
import type { LiveEvent } from '#protocol/live/events.ts';
import type { PlannedDeployment } from './load-plan.ts';
import type { AskedSchedule } from './schedule-load.ts';

/** A line of an agent's file: a job began or ended. */
export type Effect = { agent: number; event: 'begin' | 'end'; targetId: string; attempt: number };

export type DeploymentRecord = {
  asked: PlannedDeployment;
  id: string;
  /** As the list of deployments has it, from the record. */
  listed: Pick<DeploymentSummary, 'id' | 'status' | 'total_targets' | 'completed' | 'failed' | 'skipped' | 'canceled'> &
    Pick<DeploymentSummary, 'pending' | 'running' | 'success_rate'>;
  progress: Progress;
  /** Page by page, by state. */
  targets: readonly Target[];
  /** The progress once more, some seconds later. */
  again: Progress;
  logs: ReadonlyMap<string, string>;
  /** What is at the place where the file should be; null when nothing is. */
  file: string | null;
};

export type ScheduleRecord = AskedSchedule & {
  schedule: Schedule;
  ledger: readonly LedgerEntry[];
  executions: readonly ListedExecution[];
  /** What it fired, by the list of deployments. */
  deployments: readonly Progress[];
};

export type Snapshot = {
  deployments: readonly DeploymentRecord[];
  schedules: readonly ScheduleRecord[];
  /** Alarms that the runtime keeps for schedules. */
  scheduleAlarms: number;
  /** Names of all deployments that the server lists. */
  names: readonly string[];
  devices: readonly z.infer<typeof Device>[];
  effects: readonly Effect[];
  /** What a dashboard saw that was open all the time. */
  events: readonly LiveEvent[];
  /** Output that agents still keep for the server. */
  spooled: readonly string[];
};

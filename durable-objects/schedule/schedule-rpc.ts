/** What the worker and DeploymentObjects may ask of a ScheduleObject. Every call is safe to repeat. */
import type { ScheduleState } from '#protocol/http/schedules.ts';
import type { DeploymentId, ScheduleId, TeamId, UserId } from '#protocol/ids.ts';
import type { Recurrence } from '#protocol/recurrence.ts';
import type { ScheduleOptions } from '#protocol/schedule.ts';
import type { Spec } from '#protocol/spec.ts';
import type { DeploymentStatus } from '#protocol/states.ts';

/** Everything that a person decided about a schedule. Times in epoch milliseconds. */
export type ScheduleDefinition = Pick<
  ScheduleOptions,
  'max_executions' | 'count' | 'overlap' | 'if_reserved' | 'misfire'
> & {
  team_id: TeamId;
  schedule_id: ScheduleId;
  /** Grows with each edit; an older one changes nothing. */
  version: number;
  name: string;
  /** Secrets are sealed. */
  spec: Spec;
  recurrence: Recurrence;
  timezone: string;
  start_at: number | null;
  end_at: number | null;
  cron_expression: string | null;
  created_by: { id: UserId; username: string } | null;
};

export type ScheduleControl = 'pause' | 'resume' | 'stop';

export type ControlAnswer = { ok: true; state: ScheduleState } | { ok: false; message: string };
export type ExecuteAnswer =
  | { ok: true; deployment_id: DeploymentId; scheduled_at: string; state: ScheduleState }
  | { ok: false; message: string };

/** How a run goes, as its deployment's object sees it. `version` grows with every change. */
export type RunReport = {
  deployment_id: DeploymentId;
  version: number;
  status: DeploymentStatus;
  /** Whether anything of it began on a device: what was skipped or never reached its host did not run. */
  ran: boolean;
  /** Whether a target failed. */
  failed: boolean;
  /** Why nothing ran, or what went wrong, in a few words. */
  reason: string | null;
  started_at: number | null;
  ended_at: number | null;
};

export interface ScheduleRpc {
  /** Makes the schedule, or changes it; applies from the next firing on, and moves the alarm at once. */
  define(definition: ScheduleDefinition): Promise<ControlAnswer>;
  /** Null when it was never defined, or was removed. */
  state(): Promise<ScheduleState | null>;
  control(command: ScheduleControl): Promise<ControlAnswer>;
  /** Ends it for a reason that is no person's. */
  end(reason: string): Promise<ControlAnswer>;
  /** Starts a run now; does not move the next one. The deployment's id is known at once, also when it starts a moment later. */
  execute(): Promise<ExecuteAnswer>;
  /** It fires no more, and forgets itself. What runs goes on. */
  remove(): Promise<void>;
  /** Does what is due, as the alarm does, and looks after runs of which nothing was heard; answers what it repaired. */
  look(): Promise<string[]>;
  reportRun(report: RunReport): Promise<void>;
  /** Brings the record up to what the object knows, now. */
  record(): Promise<void>;
}

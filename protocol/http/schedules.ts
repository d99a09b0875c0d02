import { z } from 'zod';
import { DeploymentId, DeviceId, ExecutionId, GroupId, ScheduleId, TargetId } from '../ids.ts';
import { FieldIssue } from '../issues.ts';
import { RunKind, ScheduleRequest } from '../schedule.ts';
import { ActionKind } from '../spec.ts';
import { ExecutionStatus, ScheduleStatus } from '../states.ts';
import { Instant, Name } from '../text.ts';
import { PageQuery } from './page.ts';

/** What changes about a schedule while nobody edits it. */
export const ScheduleState = z.object({
  status: ScheduleStatus,
  /** Why it is not active; null while it is. */
  status_reason: z.string().nullable(),
  /** Null when nothing will fire as things stand. */
  next_run_at: Instant.nullable(),
  last_run_at: Instant.nullable(),
  /** Runs that count against `max_executions`. */
  execution_count: z.int(),
  is_running: z.boolean(),
});
export type ScheduleState = z.infer<typeof ScheduleState>;

const { action: _action, health_check: _health_check, name: _name, ...settings } = ScheduleRequest.shape;

/** A schedule as lists have it: without what is to be done in full. */
export const ScheduleSummary = z.object({
  id: ScheduleId,
  name: Name,
  kind: ActionKind,
  /** What is to be done, in a few words. */
  what: z.string(),
  ...settings,
  start_date: Instant.nullable(),
  end_date: Instant.nullable(),
  /** Null where no expression of five fields says it: once, and the last day of a month. */
  cron_expression: z.string().nullable(),
  /** The recurrence in words. */
  description: z.string(),
  ...ScheduleState.shape,
  /** Of the first devices and groups that are named, so that a list need not ask for them. */
  target_names: z.array(z.string()),
  created_by: z.string().nullable(),
  created_at: Instant,
  updated_at: Instant,
});
export type ScheduleSummary = z.infer<typeof ScheduleSummary>;

/** Secrets are left out. */
export const Schedule = ScheduleSummary.extend({
  action: ScheduleRequest.shape.action,
  health_check: ScheduleRequest.shape.health_check,
});
export type Schedule = z.infer<typeof Schedule>;

export const CreatedSchedules = z.object({ schedules: z.array(Schedule) });
export type CreatedSchedules = z.infer<typeof CreatedSchedules>;

/** A copy begins anew: nothing of the history of the first one counts. */
export const DuplicateSchedule = z.strictObject({ name: Name.optional(), paused: z.boolean().default(false) });
export type DuplicateSchedule = z.infer<typeof DuplicateSchedule>;

export const ScheduleQuery = PageQuery.extend({
  status: ScheduleStatus.optional(),
  kind: ActionKind.optional(),
  /** Those that name the device, or a group that it is in by hand. */
  device_id: DeviceId.optional(),
  group_id: GroupId.optional(),
  /** Part of the name, or of what is to be done. */
  q: z.string().max(200).optional(),
});
export type ScheduleQuery = z.infer<typeof ScheduleQuery>;

/** One firing of a schedule on one device. */
export const Execution = z.object({
  id: ExecutionId,
  schedule_id: ScheduleId,
  schedule_name: z.string(),
  kind: RunKind,
  /** Null for a firing that reached no device: then it stands for all of them. */
  device_id: DeviceId.nullable(),
  device_name: z.string().nullable(),
  deployment_id: DeploymentId.nullable(),
  /** The first target of the device; its log is the execution's. */
  target_id: TargetId.nullable(),
  scheduled_at: Instant,
  started_at: Instant.nullable(),
  completed_at: Instant.nullable(),
  status: ExecutionStatus,
  /** Null until it has ended, and for one that was skipped. */
  success: z.boolean().nullable(),
  skip_reason: z.string().nullable(),
  error_message: z.string().nullable(),
});
export type Execution = z.infer<typeof Execution>;

/** As lists have it. */
export const ListedExecution = Execution.extend({ duration_seconds: z.number().nullable(), has_report: z.boolean() });
export type ListedExecution = z.infer<typeof ListedExecution>;

export const ExecutionQuery = PageQuery.extend({
  status: ExecutionStatus.optional(),
  device_id: DeviceId.optional(),
  /** Of the scheduled instant, both inclusive. */
  from: Instant.optional(),
  to: Instant.optional(),
  /** Part of a device's name, of a skip reason or of an error. */
  q: z.string().max(200).optional(),
});
export type ExecutionQuery = z.infer<typeof ExecutionQuery>;

/** Of the whole team. */
export const TeamExecutionQuery = ExecutionQuery.extend({ schedule_id: ScheduleId.optional() });

/** What became of a scheduled instant. */
export const RunOutcome = z.enum(['due', 'running', 'completed', 'partial', 'failed', 'canceled', 'skipped', 'missed']);
export type RunOutcome = z.infer<typeof RunOutcome>;

export const LedgerEntry = z.object({
  schedule_id: ScheduleId,
  scheduled_at: Instant,
  kind: RunKind,
  outcome: RunOutcome,
  /** Why it came out so, or so late; null where there is nothing to explain. */
  reason: z.string().nullable(),
  deployment_id: DeploymentId.nullable(),
  /** When the deployment was started. */
  fired_at: Instant.nullable(),
  ended_at: Instant.nullable(),
  /** An entry may stand for all scheduled instants until here, itself and this one included; null when it stands for one. */
  until: Instant.nullable(),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export const LedgerQuery = z.object({
  limit: PageQuery.shape.limit,
  /** The `scheduled_at` of the last entry of the page before. */
  cursor: Instant.optional(),
  outcome: RunOutcome.optional(),
});
export type LedgerQuery = z.infer<typeof LedgerQuery>;

const distribution = z.object({ avg: z.number().nullable(), p95: z.number().nullable() });

/** Over the executions that are kept; of a very busy team, over the newest of them. */
export const ExecutionStats = z.object({
  total: z.int(),
  completed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  /** Percent of those that ran to their end; null before the first. */
  success_rate: z.number().nullable(),
  duration_seconds: distribution,
  /** From the scheduled instant to the start of its deployment; runs by hand left out. */
  lateness_seconds: distribution,
});
export type ExecutionStats = z.infer<typeof ExecutionStats>;

/** `GET /schedules/stats`. */
export const ScheduleStats = z.object({
  total: z.int(),
  active: z.int(),
  paused: z.int(),
  /** Schedules of which a run goes on. */
  running: z.int(),
  ended: z.int(),
  next_run_at: Instant.nullable(),
  executions: ExecutionStats,
});
export type ScheduleStats = z.infer<typeof ScheduleStats>;

/** Everything in it may be wrong: the answer says so. */
export const PreviewRequest = z.strictObject({
  recurrence: z.unknown().optional(),
  timezone: z.unknown().optional(),
  start_date: z.unknown().optional(),
  end_date: z.unknown().optional(),
  /** Exclusive; now when not given. */
  from: z.unknown().optional(),
  /** How many runs, 1 to 100; 5 when not given. */
  count: z.unknown().optional(),
});
export type PreviewRequest = z.infer<typeof PreviewRequest>;

export const Preview = z.object({
  valid: z.boolean(),
  cron_expression: z.string().nullable(),
  description: z.string().nullable(),
  next_runs: z.array(Instant),
  /** The same runs, each with what a clock change does to it. */
  runs: z.array(z.object({ at: Instant, moved: z.string().nullable() })),
  /** What is wrong, naming the field. */
  error: z.string().optional(),
  errors: z.array(FieldIssue).optional(),
});
export type Preview = z.infer<typeof Preview>;

export const SchedulePresets = z.object({
  items: z.array(z.object({ id: z.string(), label: z.string(), cron_expression: z.string() })),
});

export const ExecutedSchedule = z.object({
  deployment_id: DeploymentId,
  scheduled_at: Instant,
  schedule: Schedule,
});

/** `GET /schedules/timeline`: what will run and what ran between two instants; a week from now when not given. */
export const TimelineQuery = z.object({ from: Instant.optional(), to: Instant.optional() });
export type TimelineQuery = z.infer<typeof TimelineQuery>;

export const Timeline = z.object({
  from: Instant,
  to: Instant,
  /** Of active schedules, after now; `more` when there are too many to name. */
  upcoming: z.array(z.object({ schedule_id: ScheduleId, name: z.string(), runs: z.array(Instant), more: z.boolean() })),
  past: z.array(LedgerEntry.extend({ name: z.string() })),
  /** Some of what runs or ran is left out: ask for less time at once. */
  more: z.boolean(),
});
export type Timeline = z.infer<typeof Timeline>;

/** What is kept of what ran. The newer of both limits holds: an execution goes when it is too old, or when there are too many. */
export const HistoryRules = z.object({
  keep_days: z.int().min(1, 'must be at least 1').max(3650, 'must be at most 3650'),
  keep_executions: z.int().min(10, 'must be at least 10').max(100_000, 'must be at most 100000'),
});
export type HistoryRules = z.infer<typeof HistoryRules>;
export const UpdateHistoryRules = z.strictObject(HistoryRules.partial().shape);

/** Of a team that has made none: a quarter of a year, and a run every hour for as long. */
export const DEFAULT_HISTORY_RULES: HistoryRules = { keep_days: 90, keep_executions: 2000 };

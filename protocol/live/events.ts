/** Events that reach open dashboards over `GET /api/live`, and the frames of a log's tail. */
import { z } from 'zod';
import { LogStream } from '../agent/to-server.ts';
import { DeploymentSummary, Target } from '../http/deployments.ts';
import { Lock } from '../http/hosts.ts';
import { Notification } from '../http/notifications.ts';
import { Execution, ScheduleState } from '../http/schedules.ts';
import { DeploymentId, DeviceId, HostId, ScheduleId, UserId } from '../ids.ts';
import { RunKind } from '../schedule.ts';
import { DeploymentStatus } from '../states.ts';
import { Instant } from '../text.ts';

const presence = z.object({ host_id: HostId, last_seen_at: Instant.nullable() });

const ended = z.object({
  deployment_id: DeploymentId,
  deployment_name: z.string(),
  status: DeploymentStatus,
  success_count: z.int(),
  failure_count: z.int(),
  total_count: z.int(),
  created_at: Instant,
  ended_at: Instant,
  /** The schedule that fired it, and how; null for what a person or a program asked for. */
  firing: z.object({ schedule_id: ScheduleId, kind: RunKind }).nullable().default(null),
});

const event = <Name extends string, Data extends z.ZodType>(name: Name, data: Data) =>
  z.object({ event: z.literal(name), data });

export const AgentConnected = event('agent_connected', presence);
export const AgentDisconnected = event('agent_disconnected', presence);
export const DeviceUpdated = event(
  'device_updated',
  z.object({
    device_id: DeviceId,
    host_id: HostId,
    has_running_deployment: z.boolean().nullable(),
    lock: Lock.nullable(),
  }),
);
export const DeploymentUpdated = event('deployment_updated', DeploymentSummary);
/** Targets of one deployment that changed since the event before. */
export const TargetUpdated = event(
  'target_updated',
  z.object({ deployment_id: DeploymentId, targets: z.array(Target) }),
);
export const DeploymentCompleted = event('deployment_completed', ended);
export const FileDeploymentCompleted = event('file_deployment_completed', ended);

/** What lists and pages show of a schedule besides its settings; `removed` when it was deleted, `edited` when its settings changed. */
export const ScheduleUpdated = event(
  'schedule_updated',
  ScheduleState.extend({ id: ScheduleId, name: z.string(), edited: z.boolean(), removed: z.boolean() }),
);
export const ExecutionUpdated = event('execution_updated', Execution);

/** Every socket of the team gets it, and a dashboard shows its own person's: nothing that the others must not read. */
export const Notified = event('notification', Notification.extend({ user_id: UserId }));

/** What happened, before the TeamObject gives it a time and a number. */
export const TeamEvent = z.discriminatedUnion('event', [
  AgentConnected,
  AgentDisconnected,
  DeviceUpdated,
  DeploymentUpdated,
  TargetUpdated,
  DeploymentCompleted,
  FileDeploymentCompleted,
  ScheduleUpdated,
  ExecutionUpdated,
  Notified,
]);
export type TeamEvent = z.infer<typeof TeamEvent>;

const stamp = { at: Instant, seq: z.int() };

/** Too much was missed, or it is no longer known: fetch the page's data again. `seq` is where the stream goes on. */
export const Resync = z.object({ event: z.literal('resync'), data: z.object({}), ...stamp });

export const LiveEvent = z.discriminatedUnion('event', [
  AgentConnected.extend(stamp),
  AgentDisconnected.extend(stamp),
  DeviceUpdated.extend(stamp),
  DeploymentUpdated.extend(stamp),
  TargetUpdated.extend(stamp),
  DeploymentCompleted.extend(stamp),
  FileDeploymentCompleted.extend(stamp),
  ScheduleUpdated.extend(stamp),
  ExecutionUpdated.extend(stamp),
  Notified.extend(stamp),
  Resync,
]);
export type LiveEvent = z.infer<typeof LiveEvent>;

/** Frames of `GET /api/deployments/:id/targets/:target_id/tail`. `offset` counts bytes of UTF-8 in the whole log. */
export const TailEvent = z.discriminatedUnion('event', [
  z.object({ event: z.literal('log'), stream: LogStream, offset: z.int(), text: z.string() }),
  z.object({ event: z.literal('end') }),
]);
export type TailEvent = z.infer<typeof TailEvent>;

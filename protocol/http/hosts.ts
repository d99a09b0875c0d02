import { z } from 'zod';
import { DeploymentId, DeviceId, EnrollmentTokenId, GroupId, HostId, ScheduleId, TargetId, UserId } from '../ids.ts';
import { MAX_RESERVATION_SECONDS } from '../limits.ts';
import { HostStatus } from '../states.ts';
import { Instant, Labels, Name } from '../text.ts';
import { PageQuery } from './page.ts';

/** A person's, for a time. */
export const Reservation = z.object({
  id: UserId,
  name: z.string(),
  reason: z.string(),
  since: Instant,
  expires_at: Instant,
});
export type Reservation = z.infer<typeof Reservation>;

/** Who or what holds a device. */
export const Lock = z.object({
  holder: z.enum(['deployment', 'user']),
  id: z.union([DeploymentId, UserId]),
  name: z.string(),
  reason: z.string().nullable(),
  since: Instant,
  expires_at: Instant.nullable(),
  /** Jobs that wait for this device. */
  waiting: z.int().min(0),
  /** Who gets the device when the deployment that holds it lets go; null when nobody reserved it, or when they hold it already. */
  reserved_by: Reservation.nullable().default(null),
});
export type Lock = z.infer<typeof Lock>;

export const Device = z.object({
  id: DeviceId,
  host_id: HostId,
  key: z.string(),
  name: z.string(),
  kind: z.string(),
  labels: Labels,
  status: HostStatus,
  /** Null where it cannot be known now. */
  has_running_deployment: z.boolean().nullable(),
  lock: Lock.nullable(),
});
export type Device = z.infer<typeof Device>;

export const Host = z.object({
  id: HostId,
  name: z.string(),
  status: HostStatus,
  os: z.string(),
  arch: z.string(),
  platform: z.string(),
  agent_version: z.string().nullable(),
  labels: Labels,
  last_seen_at: Instant.nullable(),
  created_at: Instant,
  devices: z.array(Device),
});
export type Host = z.infer<typeof Host>;

export const UpdateHost = z.strictObject({ name: Name.optional(), labels: Labels.optional() });
export const UpdateDevice = z.strictObject({ name: Name.optional(), labels: Labels.optional() });

/** `label` is `key` or `key=value`. */
export const HostQuery = PageQuery.extend({
  status: HostStatus.optional(),
  q: z.string().max(200).optional(),
  label: z.string().max(300).optional(),
});
export const DeviceQuery = PageQuery.extend({
  host_id: HostId.optional(),
  group_id: GroupId.optional(),
  status: HostStatus.optional(),
  q: z.string().max(200).optional(),
});

export const ReserveDevice = z.strictObject({
  reason: z.string().trim().min(1, 'must not be empty').max(500),
  /** From now on, also for one who has it and extends it. It ends by itself: a forgotten reservation must not block a device for ever. */
  expires_in_seconds: z.int().min(1).max(MAX_RESERVATION_SECONDS).default(3600),
  /** Take it over from another person, who is told. For admins. */
  steal: z.boolean().default(false),
});

/** A target that waits for a device. */
export const QueuedTarget = z.object({
  deployment_id: DeploymentId,
  deployment_name: z.string(),
  target_id: TargetId,
  /** Its place in the line, from 1. */
  position: z.int().min(1),
  waiting_for: z.string().nullable(),
  /** When its deployment was made. */
  since: Instant,
  /** Null when no schedule fired it. */
  schedule_id: ScheduleId.nullable(),
});
export type QueuedTarget = z.infer<typeof QueuedTarget>;

export const DeviceQueue = z.object({ items: z.array(QueuedTarget) });

export const CreateEnrollmentToken = z.strictObject({
  name: Name.optional(),
  expires_in_seconds: z
    .int()
    .min(60)
    .max(365 * 86_400)
    .default(3600),
  max_uses: z.int().min(1).max(100_000).nullable().default(null),
  labels: Labels.default({}),
  group_ids: z.array(GroupId).max(100).default([]),
});

export const EnrollmentToken = z.object({
  id: EnrollmentTokenId,
  name: z.string(),
  expires_at: Instant,
  max_uses: z.int().nullable(),
  uses: z.int(),
  labels: Labels,
  group_ids: z.array(GroupId),
  created_at: Instant,
});
export type EnrollmentToken = z.infer<typeof EnrollmentToken>;
/** The token itself is in the answer that makes it and nowhere else. */
export const CreatedEnrollmentToken = EnrollmentToken.extend({ token: z.string() });

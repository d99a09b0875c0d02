/** What a schedule's decisions are made from: what was decided about it, where it stands, and its runs that go on. */
import { z } from 'zod';
import type { LedgerEntry } from '#protocol/http/schedules.ts';
import { DeploymentId } from '#protocol/ids.ts';
import { Recurrence } from '#protocol/recurrence.ts';
import { RunKind, ScheduleOptions } from '#protocol/schedule.ts';
import { ScheduleStatus } from '#protocol/states.ts';
import type { Millis } from '../millis.ts';

/** What a person decided. Times in epoch milliseconds. */
export const Definition = ScheduleOptions.pick({
  max_executions: true,
  count: true,
  overlap: true,
  misfire: true,
  timezone: true,
})
  .required()
  .extend({
    version: z.number(),
    timezone: z.string(),
    recurrence: Recurrence,
    startAt: z.number().nullable(),
    endAt: z.number().nullable(),
  });
export type Definition = z.infer<typeof Definition>;

/** A firing whose deployment has not ended. */
export const Run = z.object({
  deploymentId: DeploymentId,
  /** With the schedule, its identity: no instant fires twice. */
  scheduledAt: z.number(),
  kind: RunKind,
  /** When it was decided. */
  dueAt: z.number(),
  /** Runs that had counted by then. */
  counted: z.number(),
  /** When its deployment was started; null before. */
  startedAt: z.number().nullable(),
  /** Whether it began on a device. */
  ran: z.boolean(),
  /** Why it is late, or could not be started yet; null when there is nothing to explain. */
  reason: z.string().nullable(),
  /** Why it is not to start any more, unless it has started already and nobody has heard of it; null when it is to. */
  withdrawn: z.string().nullable().default(null),
  reportVersion: z.number(),
});
export type Run = z.infer<typeof Run>;

export const ScheduleState = z.object({
  definition: Definition,
  status: ScheduleStatus,
  statusReason: z.string().nullable(),
  nextRunAt: z.number().nullable(),
  lastRunAt: z.number().nullable(),
  executionCount: z.number(),
  runs: z.array(Run).readonly(),
  /** While it is paused. */
  pausedAt: z.number().nullable(),
});
export type ScheduleState = z.infer<typeof ScheduleState>;

/** What became of an instant; a later entry of the same instant replaces an earlier one. */
export type LedgerChange = {
  scheduledAt: Millis;
  kind: RunKind;
  outcome: LedgerEntry['outcome'];
  reason: string | null;
  deploymentId: DeploymentId | null;
  firedAt: Millis | null;
  endedAt: Millis | null;
  /** It stands for all instants until here. */
  until: Millis | null;
};

/** Things that people on the hosts concerned are told. */
export type Notice =
  | { type: 'added' | 'edited' | 'paused' | 'resumed' | 'stopped' | 'completed' | 'expired' | 'failed' | 'removed' }
  | { type: 'skipped' | 'refused'; scheduledAt: Millis; reason: string };

export type ScheduleDecision =
  | { type: 'accepted'; state: ScheduleState; ledger: LedgerChange[]; notices: Notice[] }
  | { type: 'rejected'; reason: string };

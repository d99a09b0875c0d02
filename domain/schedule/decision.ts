/** What a rule of schedules answers. */
import type { ScheduleStatus } from '#protocol/states.ts';
import type { LedgerChange, Notice, ScheduleDecision, ScheduleState } from './schedule-state.ts';

export type Accepted = Extract<ScheduleDecision, { type: 'accepted' }>;

export const accepted = (state: ScheduleState, ledger: LedgerChange[] = [], notices: Notice[] = []): Accepted => ({
  type: 'accepted',
  state,
  ledger,
  notices,
});

export const rejected = (reason: string): ScheduleDecision => ({ type: 'rejected', reason });

/** It fires no more. */
export const ended = (state: ScheduleState, status: ScheduleStatus, reason: string | null): ScheduleState => ({
  ...state,
  status,
  statusReason: reason,
  nextRunAt: null,
  pausedAt: null,
});

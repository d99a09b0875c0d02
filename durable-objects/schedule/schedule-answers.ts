/** A schedule as the API, D1 and dashboards have it, and what its hosts' logs say of it. */
import { type HostLogEntry, logCount, logEntry, logTime } from '#domain/host/host-log.ts';
import type { Notice, ScheduleState } from '#domain/schedule/schedule-state.ts';
import { assertNever } from '#protocol/assert.ts';
import type { ScheduleState as ShownState } from '#protocol/http/schedules.ts';

const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** Nothing more fires when all that may count are in flight. */
const isSpent = ({ definition, executionCount, runs }: ScheduleState): boolean =>
  definition.max_executions !== null &&
  definition.count === 'runs' &&
  executionCount + runs.filter(({ ran }) => ran).length >= definition.max_executions;

export const shownState = (state: ScheduleState): ShownState => ({
  status: state.status,
  status_reason: state.statusReason,
  next_run_at: isSpent(state) ? null : isoOrNull(state.nextRunAt),
  last_run_at: isoOrNull(state.lastRunAt),
  execution_count: state.executionCount,
  is_running: state.runs.some(({ ran }) => ran),
});

/** One line a notice, as a person on the host reads it. */
export const noticeLine = (name: string, frequency: string, state: ScheduleState, notice: Notice): HostLogEntry => {
  const next = state.nextRunAt === null ? 'none' : `${logTime(state.nextRunAt)} UTC`;
  const count = `Executions: ${logCount(state.executionCount, state.definition.max_executions)}`;
  switch (notice.type) {
    case 'added':
      return logEntry('info', `➕ ADDED: ${name} | Frequency: ${frequency} | Next execution: ${next}`);
    case 'edited':
      return logEntry('info', `✏️  EDITED: ${name} | Frequency: ${frequency} | Next execution: ${next}`);
    case 'paused':
      return logEntry('info', `⏸️  PAUSED: ${name}`);
    case 'resumed':
      return logEntry('info', `▶️  RESUMED: ${name} | Next execution: ${next}`);
    case 'stopped':
      return logEntry('info', `⏹️  STOPPED: ${name} | ${count}`);
    case 'completed':
      return logEntry('info', `🏁 SCHEDULE COMPLETED: ${name} | ${count}`);
    case 'expired':
      return logEntry('info', `⏰ EXPIRED: ${name} | ${count}`);
    case 'failed':
      return logEntry('error', `💥 SCHEDULE FAILED: ${name} | ${state.statusReason ?? count}`);
    case 'removed':
      return logEntry('info', `🗑️  REMOVED: ${name}`);
    case 'skipped':
      return logEntry('warn', `⏭️  SKIPPED: ${name} | ${notice.reason} | Time: ${logTime(notice.scheduledAt)} UTC`);
    case 'refused':
      return logEntry('error', `💥 ERROR: ${name} | ${notice.reason} | Time: ${logTime(notice.scheduledAt)} UTC`);
    default:
      return assertNever(notice);
  }
};

/** Why executions that wait on hosts shall not begin any more; null when they shall. */
export const withdrawReason = ({ type }: Notice): string | null => {
  if (type === 'paused') return 'Schedule paused';
  if (type === 'stopped') return 'Schedule stopped';
  return type === 'removed' ? 'Schedule deleted' : null;
};

/** The filter of a schedule's history, as it is in the page's address: days of the reader's calendar, both inclusive. */
import { parseDate } from '@internationalized/date';
import type { Execution } from '#protocol/http/schedules.ts';
import { ExecutionStatus } from '#protocol/states.ts';
import { hasText } from '../ui/filter.ts';

export type ExecutionFilter = { status: ExecutionStatus | ''; q: string; from: string; to: string };

const dayOf = (text: string | null): string => {
  try {
    return parseDate(text ?? '').toString();
  } catch {
    return '';
  }
};

export const readExecutionFilter = (params: URLSearchParams): ExecutionFilter => ({
  status: ExecutionStatus.safeParse(params.get('status')).data ?? '',
  q: params.get('q') ?? '',
  from: dayOf(params.get('from')),
  to: dayOf(params.get('to')),
});

type Instants = { from: string | null; to: string | null };

/** The first and the last millisecond that the filter lets through, in a zone. */
export const instantsOf = ({ from, to }: Pick<ExecutionFilter, 'from' | 'to'>, timezone: string): Instants => ({
  from: from === '' ? null : parseDate(from).toDate(timezone).toISOString(),
  to: to === '' ? null : new Date(parseDate(to).add({ days: 1 }).toDate(timezone).getTime() - 1).toISOString(),
});

/** What to ask the API for. */
export const executionQuery = (filter: ExecutionFilter, timezone: string) => ({
  status: filter.status,
  q: filter.q,
  ...instantsOf(filter, timezone),
});

export const passesFilter = (execution: Execution, filter: ExecutionFilter, timezone: string): boolean => {
  const { from, to } = instantsOf(filter, timezone);
  return (
    (filter.status === '' || execution.status === filter.status) &&
    (from === null || execution.scheduled_at >= from) &&
    (to === null || execution.scheduled_at <= to) &&
    hasText([execution.device_name, execution.skip_reason, execution.error_message], filter.q)
  );
};

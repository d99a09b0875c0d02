/** The filter of the list of schedules, as it is in the page's address. */
import type { ScheduleSummary } from '#protocol/http/schedules.ts';
import { ActionKind } from '#protocol/spec.ts';
import { ScheduleStatus } from '#protocol/states.ts';

export type ScheduleFilter = { q: string; kind: ActionKind | ''; status: ScheduleStatus | '' };

export const readScheduleFilter = (params: URLSearchParams): ScheduleFilter => ({
  q: params.get('q') ?? '',
  kind: ActionKind.safeParse(params.get('kind')).data ?? '',
  status: ScheduleStatus.safeParse(params.get('status')).data ?? '',
});

export const isFiltered = ({ q, kind, status }: ScheduleFilter): boolean => q !== '' || kind !== '' || status !== '';

export const passesFilter = (
  schedule: Pick<ScheduleSummary, 'name' | 'what' | 'kind' | 'status'>,
  { q, kind, status }: ScheduleFilter,
): boolean =>
  (kind === '' || schedule.kind === kind) &&
  (status === '' || schedule.status === status) &&
  [schedule.name, schedule.what].some((text) => text.toLowerCase().includes(q.trim().toLowerCase()));

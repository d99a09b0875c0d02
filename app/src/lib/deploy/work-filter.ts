/** The filter of a list of deployments or of schedules, as it is in the page's address. */
import type { z } from 'zod';
import { ActionKind } from '#protocol/spec.ts';
import { hasText } from '../ui/filter.ts';

export type WorkFilter<Status extends string> = { q: string; kind: ActionKind | ''; status: Status | '' };

export const readWorkFilter = <Status extends string>(
  params: URLSearchParams,
  statuses: z.ZodType<Status>,
): WorkFilter<Status> => ({
  q: params.get('q') ?? '',
  kind: ActionKind.safeParse(params.get('kind')).data ?? '',
  status: statuses.safeParse(params.get('status')).data ?? '',
});

export const passesWorkFilter = <Status extends string>(
  work: { kind: ActionKind; status: Status },
  texts: readonly string[],
  { q, kind, status }: WorkFilter<Status>,
): boolean => (kind === '' || work.kind === kind) && (status === '' || work.status === status) && hasText(texts, q);

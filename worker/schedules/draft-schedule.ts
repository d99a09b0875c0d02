/** From what a person asks for to what is written: everything is checked and resolved first, as a deployment would be. */
import { groupsOfSpec } from '#database/schedule-targets.repository.ts';
import type { ScheduleRow, ScheduleSettings, ScheduleUse } from '#database/schedules.repository.ts';
import { type ActionItem, defaultName, filesOfSpec } from '#domain/deployment/items.ts';
import { cronExpressionOf } from '#domain/schedule/cron-expression.ts';
import { describeRecurrence } from '#domain/schedule/describe.ts';
import { nextRunWithin, type Times } from '#domain/schedule/times.ts';
import type { ScheduleId } from '#protocol/ids.ts';
import type { ScheduleRequest } from '#protocol/schedule.ts';
import type { Action, Spec } from '#protocol/spec.ts';
import { beginningOf } from '#protocol/text.ts';
import type { PersonContext } from '../context.ts';

/** As `Name` takes it. */
const NAME_CHARACTERS = 200;

const asName = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ').trim();

/** The whole ending stays, whatever the length of the beginning. */
export const nameWith = (beginning: string, ending: string): string =>
  asName(
    beginningOf(`${beginningOf(beginning, Math.max(0, NAME_CHARACTERS - ending.length))}${ending}`, NAME_CHARACTERS),
  );

/** Cut before the time of day that a script's name ends with. */
export const nameOf = ({ name, action }: Spec, items: readonly ActionItem[], now: Date): string => {
  if (name !== undefined) return name;
  const made = defaultName(action, items, now);
  const ending = action.kind === 'script' ? (/_\d{6}$/.exec(made)?.[0] ?? '') : '';
  return nameWith(made.slice(0, made.length - ending.length), ending);
};

/** What is to be done, in a few words. */
export const whatOf = (action: Action, items: readonly ActionItem[], now: Date): string => {
  const [first] = items;
  if (action.kind === 'script')
    return beginningOf(asName(`Run ${first?.label ?? ''} ${action.parameters}`), NAME_CHARACTERS);
  const made = defaultName(action, items, now);
  return action.kind === 'files' ? `${made} to ${action.destination}` : made;
};

/** Files that catalogue entries hold are kept by those. */
export const usesOf = (spec: Spec): ScheduleUse[] => {
  const { action, device_ids } = spec;
  const use = (kind: ScheduleUse['kind']) => (used_id: string) => ({ kind, used_id });
  return [
    ...device_ids.map(use('device')),
    ...groupsOfSpec(spec).map(use('group')),
    ...filesOfSpec(action, []).map(({ id }) => use('file')(id)),
    ...(action.kind === 'script' ? [use('script')(action.script_id)] : []),
    ...(action.kind === 'software' ? action.software_ids.map(use('software')) : []),
  ];
};

const instant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** Secrets are sealed by now, and the name is there. */
export const settingsOf = (
  request: ScheduleRequest & { name: string },
  what: string,
  times: Times,
): ScheduleSettings => {
  const { recurrence, timezone, start_date: _start, end_date: _end, ...rest } = request;
  const { max_executions, count, overlap, if_reserved, misfire, ...spec } = rest;
  return {
    name: spec.name,
    kind: spec.action.kind,
    what,
    spec: JSON.stringify(spec),
    recurrence: JSON.stringify(recurrence),
    timezone,
    start_date: instant(times.start),
    end_date: instant(times.end),
    max_executions,
    count,
    overlap,
    if_reserved,
    misfire,
    cron_expression: cronExpressionOf(recurrence),
    description: describeRecurrence(recurrence, timezone),
  };
};

export const nextRunAt = (times: Times, now: Date): string | null => instant(nextRunWithin(times, now.getTime()));

/** A schedule that its object knows nothing of yet. */
export const newRow = (
  { team_id, user, now }: PersonContext,
  id: ScheduleId,
  settings: ScheduleSettings,
  times: Times,
): ScheduleRow => ({
  ...settings,
  id,
  team_id,
  created_by: user.username,
  created_by_id: user.id,
  created_at: now.toISOString(),
  updated_at: now.toISOString(),
  version: 1,
  defined_version: 0,
  status: 'active',
  status_reason: null,
  next_run_at: nextRunAt(times, now),
  last_run_at: null,
  execution_count: 0,
  is_running: false,
  state_version: 0,
});

/** Schedules in words. */
import { assertNever } from '#protocol/assert.ts';
import type { ScheduleSummary } from '#protocol/http/schedules.ts';
import type { RunKind } from '#protocol/schedule.ts';
import { plural } from '../format/number.ts';
import { absoluteTime, formatDuration, formatElapsed } from '../format/time.ts';

const MINUTE_MS = 60_000;

/** Until it is due: "in 12 min 30 s". Later than a minute it is late, and that is said. */
export const countdownText = (at: string, now: number): string => {
  const left = Date.parse(at) - now;
  if (left >= MINUTE_MS) return `in ${formatDuration(left)}`;
  if (left > 0) return `in ${Math.ceil(left / 1000)} s`;
  return left > -MINUTE_MS ? 'due now' : `due ${formatElapsed(-left)} ago`;
};

/** The words of the recurrence without its zone, for where that stands beside it. */
export const recurrenceText = ({
  description,
  timezone,
}: Pick<ScheduleSummary, 'description' | 'timezone'>): string => {
  const zone = ` (${timezone})`;
  return description.endsWith(zone) ? description.slice(0, -zone.length) : description;
};

/** "16/∞": runs that count, and how many may. */
export const countText = ({
  execution_count: count,
  max_executions: max,
}: Pick<ScheduleSummary, 'execution_count' | 'max_executions'>): string => `${count}/${max ?? '∞'}`;

/** For those to whom the sign is read out. */
export const countWords = ({
  execution_count: count,
  max_executions: max,
  count: mode,
}: Pick<ScheduleSummary, 'execution_count' | 'max_executions' | 'count'>): string =>
  `${plural(count, mode === 'runs' ? 'run' : 'success', mode === 'runs' ? 'runs' : 'successes')}, ${
    max === null ? 'without a limit' : `at most ${max}`
  }`;

/** "web-1, web-2 and 3 more": the names that are known of all that is named. */
export const targetsText = (
  schedule: Pick<ScheduleSummary, 'target_names' | 'device_ids' | 'group_ids' | 'strategy'>,
): string => {
  const total = targetCount(schedule);
  const { target_names: names } = schedule;
  const more = total - names.length;
  if (names.length === 0) return plural(total, 'target');
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
};

/** Blue and green are two groups, whether they are named once more or not. */
export const targetCount = ({
  device_ids,
  group_ids,
  strategy,
}: Pick<ScheduleSummary, 'device_ids' | 'group_ids' | 'strategy'>): number =>
  strategy.type === 'blue_green' ? 2 : device_ids.length + group_ids.length;

/** Null for what came about as one expects. */
export const runKindText = (kind: RunKind): string | null => {
  switch (kind) {
    case 'scheduled':
      return null;
    case 'catch_up':
      return 'catch-up';
    case 'manual':
      return 'by hand';
    default:
      return assertNever(kind);
  }
};

type Rules = Pick<
  ScheduleSummary,
  'start_date' | 'end_date' | 'max_executions' | 'count' | 'overlap' | 'if_reserved' | 'misfire'
>;

/** When it begins and ends, and what happens when something is in its way. */
export const rulesOf = (rules: Rules): [name: string, value: string][] => [
  ['Starts', rules.start_date === null ? 'at once' : absoluteTime(rules.start_date)],
  ['Ends', rules.end_date === null ? 'never by date' : absoluteTime(rules.end_date)],
  [
    'Limit',
    rules.max_executions === null
      ? 'any number of runs'
      : plural(rules.max_executions, rules.count === 'runs' ? 'run' : 'successful run'),
  ],
  ['While one still runs', rules.overlap === 'queue_one' ? 'one waits, others are skipped' : 'it is skipped'],
  ['On a reserved device', rules.if_reserved === 'skip' ? 'it is skipped' : 'it waits'],
  ['When missed', rules.misfire === 'run_once' ? 'one run makes up for it' : 'it is skipped'],
];

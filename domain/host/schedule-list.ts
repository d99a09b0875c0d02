/** The block in a host's log that a starting agent begins with: its active schedules, each with what is known of its runs. */
import type { ScheduleSummary } from '#protocol/http/schedules.ts';
import { type HostLogEntry, logCount, logEntry, logTime } from './host-log.ts';

type Listed = Pick<
  ScheduleSummary,
  'name' | 'cron_expression' | 'description' | 'next_run_at' | 'last_run_at' | 'execution_count' | 'max_executions'
>;

const WIDTH = 80;
const rule = '='.repeat(WIDTH);
/** Where people look for it in these logs, with the blanks that have always followed it. */
const title = `${' '.repeat(33)}DEPLOYMENTS${' '.repeat(35)}`;

const instant = (text: string | null, otherwise: string): string =>
  text === null ? otherwise : `${logTime(Date.parse(text))} UTC`;

const linesOf = (one: Listed): string[] => [
  `• ${one.name}`,
  `  Last execution:  ${instant(one.last_run_at, 'never')}`,
  `  Next execution:  ${instant(one.next_run_at, 'none')}`,
  `  Frequency:       ${one.cron_expression ?? one.description}`,
  `  Executions:      ${logCount(one.execution_count, one.max_executions)}`,
  '',
];

const moreLines = (more: number): string[] => (more > 0 ? [`• and ${more} more`, ''] : []);

/** `active` is how many there are, of which the first are listed. */
export const scheduleList = (hostName: string, active: number, schedules: readonly Listed[]): HostLogEntry[] =>
  [
    `=== DEPLOYMENT SCHEDULER STARTING === Host: ${hostName}`,
    '',
    rule,
    title,
    rule,
    `Active: ${active}`,
    '',
    ...schedules.flatMap(linesOf),
    ...moreLines(active - schedules.length),
    rule,
  ].map((text) => logEntry('info', text));

/** Lines of a host's log: one for each thing that happens to an execution on it. Pure: made from the state before and after a change. */

import type { HostLogLine } from '#protocol/agent/to-agent.ts';
import { MAX_HOST_LOG_CHARACTERS } from '#protocol/limits.ts';
import type { Millis } from '../millis.ts';
import { type FiredJob, hasFailed, isFired, numberOf, rivalsOf, sameExecution } from './firings.ts';
import type { HostJob, HostState } from './host-state.ts';
import { isEnded } from './job.ts';

export type HostLogEntry = Pick<HostLogLine, 'level' | 'text'>;

/** `2026-11-28 14:10:00`, in UTC. */
export const logTime = (at: Millis): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/** `16/20`, `16/∞`. */
export const logCount = (count: number, max: number | null): string => `${count}/${max ?? '∞'}`;

/** One line whatever is in it, and not longer than a line may be. */
export const logEntry = (level: HostLogEntry['level'], text: string): HostLogEntry => ({
  level,
  text: text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_HOST_LOG_CHARACTERS),
});

const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)}s`;

/** Executions in order, each with its jobs. */
const executionsIn = (jobs: readonly HostJob[]): FiredJob[][] => [
  ...Map.groupBy(jobs.filter(isFired), (job) => `${job.deploymentId} ${job.deviceKey}`).values(),
];

const began = (jobs: readonly FiredJob[]): Millis | null =>
  jobs.find(({ firing }) => firing.began !== null)?.firing.began ?? null;

const waitText = (state: HostState, job: FiredJob): string =>
  rivalsOf(state.jobs, job).length > 0
    ? 'Will run after current execution'
    : `Waiting: ${job.waitingFor ?? 'its turn'}`;

const endLine = (job: FiredJob, start: Millis | null): HostLogEntry => {
  const name = job.deploymentName;
  const message = job.end?.message ?? '';
  if (start === null && job.status === 'skipped') return logEntry('warn', `⏭️  SKIPPED: ${name} | ${message}`);
  if (start === null) return logEntry('error', `❌ NOT EXECUTED: ${name} | ${message}`);
  const failed = hasFailed(job);
  const parts = [
    `${failed ? '❌' : '✅'} COMPLETED: ${name}`,
    `Duration: ${seconds((job.end?.at ?? start) - start)}`,
    `Success: ${failed ? 'False' : 'True'}`,
    `Executions: ${logCount(numberOf(job), job.firing.max_executions)}`,
    ...(failed ? [message] : []),
  ];
  return logEntry(failed ? 'error' : 'info', parts.join(' | '));
};

const beginLine = (job: FiredJob, position: Millis | null): HostLogEntry =>
  position === null
    ? logEntry('info', `▶️  EXECUTING: ${job.deploymentName} | ${job.firing.what} | Device: ${job.firing.deviceName}`)
    : logEntry('info', `🔄 EXECUTING QUEUED: ${job.deploymentName} | Queued at: ${logTime(position)}`);

/** What happened to one execution; `known` are its jobs as they were. */
const linesOf = (state: HostState, jobs: readonly FiredJob[], known: readonly FiredJob[]): HostLogEntry[] => {
  const [first] = jobs;
  const last = jobs.at(-1);
  if (first === undefined || last === undefined) return [];
  const { deploymentName: name, firing } = first;
  const isNew = known.length === 0 && !firing.continues;
  const start = began(jobs);
  const isOver = jobs.every(isEnded);
  // One that is skipped at once is one line: the time is that of its line.
  const isSkipped = isOver && start === null && last.status === 'skipped';
  const triggered = logEntry('info', `⚡ TRIGGERED: ${name} | Time: ${logTime(firing.scheduledAt)} UTC`);
  const lines = isNew && !isSkipped ? [triggered] : [];
  if (start !== null && began(known) === null && !firing.continues)
    lines.push(beginLine(first, known.length === 0 ? null : firing.scheduledAt));
  if (isNew && start === null && !isOver)
    lines.push(logEntry('info', `⏳ QUEUED: ${name} | ${waitText(state, first)}`));
  if (isOver && (known.length === 0 || !known.every(isEnded))) lines.push(endLine(last, start));
  return lines;
};

/** What a change of state did to executions, in words. */
export const executionLines = (before: HostState, after: HostState): HostLogEntry[] => {
  if (before.jobs === after.jobs || !after.jobs.some(isFired)) return [];
  const known = before.jobs.filter(isFired);
  const all = executionsIn(after.jobs).flatMap((jobs) =>
    linesOf(
      after,
      jobs,
      known.filter((job) => jobs.some((one) => sameExecution(one, job))),
    ).map((entry) => ({ entry, ends: jobs.every(isEnded) && !jobs.some(({ firing }) => firing.began === null) })),
  );
  // An end comes before the beginning that it made room for.
  return [...all.filter(({ ends }) => ends), ...all.filter(({ ends }) => !ends)].map(({ entry }) => entry);
};

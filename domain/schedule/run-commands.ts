/** What becomes of a firing after it was decided, and what that means for its schedule. Pure; called by `decide` alone. */
import { assertNever } from '#protocol/assert.ts';
import type { DeploymentId } from '#protocol/ids.ts';
import { type DeploymentStatus, isEndedSchedule, isFinalDeployment } from '#protocol/states.ts';
import type { Millis } from '../millis.ts';
import { accepted, ended, rejected } from './decision.ts';
import type { LedgerChange, Run, ScheduleDecision, ScheduleState } from './schedule-state.ts';

/** How a run goes, as its deployment says. */
export type RunNews = {
  deploymentId: DeploymentId;
  version: number;
  status: DeploymentStatus;
  ran: boolean;
  failed: boolean;
  reason: string | null;
  endedAt: Millis | null;
};

/** What the record has of an instant that has fired. */
export type FiredBefore = {
  deploymentId: DeploymentId;
  status: DeploymentStatus;
  firedAt: Millis | null;
  endedAt: Millis | null;
};

const entryOf = (run: Run, outcome: LedgerChange['outcome'], reason: string | null): LedgerChange => ({
  scheduledAt: run.scheduledAt,
  kind: run.kind,
  outcome,
  reason,
  deploymentId: run.deploymentId,
  firedAt: run.startedAt,
  endedAt: null,
  until: null,
});

const withRun = (state: ScheduleState, run: Run): ScheduleState => ({
  ...state,
  runs: state.runs.map((one) => (one.deploymentId === run.deploymentId ? run : one)),
});
const withoutRun = (state: ScheduleState, run: Run): ScheduleState => ({
  ...state,
  runs: state.runs.filter((one) => one !== run),
});

const runOf = (state: ScheduleState, id: DeploymentId): Run | undefined =>
  state.runs.find(({ deploymentId }) => deploymentId === id);

export const started = (state: ScheduleState, id: DeploymentId, now: Millis): ScheduleDecision => {
  const run = runOf(state, id);
  if (run === undefined) return rejected('no such run is open');
  if (run.startedAt !== null) return accepted(state);
  const late = now - run.dueAt >= 1000 && run.reason !== null;
  const next = { ...run, startedAt: now, reason: late || run.kind === 'catch_up' ? run.reason : null };
  return accepted(withRun(state, next), [entryOf(next, 'running', next.reason)]);
};

/** Of one that is not to start any more: the record says that it has not. */
export const withdrawn = (state: ScheduleState, id: DeploymentId, now: Millis): ScheduleDecision => {
  const run = runOf(state, id);
  if (run === undefined || run.startedAt !== null || run.withdrawn === null)
    return rejected('no such run is withdrawn');
  const entry = { ...entryOf(run, 'skipped', run.withdrawn), deploymentId: null, endedAt: now };
  return accepted(withoutRun(state, run), [entry]);
};

const STARTED_LATE = 'started late: ';

export const postponed = (
  state: ScheduleState,
  { deploymentId, reason }: { deploymentId: DeploymentId; reason: string },
): ScheduleDecision => {
  const run = runOf(state, deploymentId);
  if (run === undefined || run.startedAt !== null) return rejected('no such run waits for its start');
  const late = `${STARTED_LATE}${reason}`;
  // Why it is caught up stays; of what kept it from starting the latest is told.
  const [caughtUp] = run.kind === 'catch_up' && run.reason !== null ? run.reason.split(`; ${STARTED_LATE}`) : [];
  const next = { ...run, reason: caughtUp === undefined ? late : `${caughtUp}; ${late}` };
  return accepted(withRun(state, next), [entryOf(next, 'due', next.reason)]);
};

export const refused = (
  state: ScheduleState,
  { deploymentId, reason }: { deploymentId: DeploymentId; reason: string },
  now: Millis,
): ScheduleDecision => {
  const run = runOf(state, deploymentId);
  if (run === undefined || run.startedAt !== null) return rejected('no such run waits for its start');
  if (run.withdrawn !== null) return withdrawn(state, deploymentId, now);
  const entry = { ...entryOf(run, 'failed', reason), deploymentId: null, endedAt: now };
  return accepted(
    afterRun(withoutRun(state, run), run, { succeeded: false, reason }),
    [entry],
    [{ type: 'refused', scheduledAt: run.scheduledAt, reason }],
  );
};

const outcomeOf = (news: Pick<RunNews, 'status' | 'ran'>): LedgerChange['outcome'] => {
  switch (news.status) {
    case 'pending':
    case 'in_progress':
    case 'paused':
      return 'running';
    case 'completed':
      return news.ran ? 'completed' : 'skipped';
    case 'partial':
    case 'failed':
    case 'canceled':
      return news.status;
    default:
      return assertNever(news.status);
  }
};

/** It does not start; its instant is answered for by what fired then. */
export const repeated = (state: ScheduleState, id: DeploymentId, before: FiredBefore): ScheduleDecision => {
  const run = runOf(state, id);
  if (run === undefined || run.startedAt !== null) return rejected('no such run waits for its start');
  const outcome = outcomeOf({ status: before.status, ran: true });
  const { deploymentId, firedAt, endedAt } = before;
  return accepted(withoutRun(state, run), [{ ...entryOf(run, outcome, null), deploymentId, firedAt, endedAt }]);
};

const joined = (...parts: (string | null)[]): string | null => parts.filter((part) => part !== null).join('; ') || null;

export const reported = (state: ScheduleState, news: RunNews): ScheduleDecision => {
  const run = runOf(state, news.deploymentId);
  if (run === undefined) return rejected('no such run is open');
  if (news.version <= run.reportVersion) return rejected('this was reported before');
  const next: Run = { ...run, ran: news.ran, reportVersion: news.version, startedAt: run.startedAt ?? run.dueAt };
  const entry = { ...entryOf(next, outcomeOf(news), joined(run.reason, news.reason)), endedAt: news.endedAt };
  if (!isFinalDeployment(news.status)) return accepted(withRun(state, next), [entry]);
  const succeeded = news.ran && !news.failed && news.status === 'completed';
  const counts = news.ran && (state.definition.count === 'runs' || succeeded);
  const counted = { ...withoutRun(state, run), executionCount: state.executionCount + (counts ? 1 : 0) };
  return accepted(afterRun(counted, run, { succeeded, reason: news.reason }), [entry]);
};

/** A schedule that fires once is over when that run is. */
const afterRun = (
  state: ScheduleState,
  run: Run,
  how: { succeeded: boolean; reason: string | null },
): ScheduleState => {
  const isOver = state.definition.recurrence.type === 'once' && run.kind !== 'manual' && state.nextRunAt === null;
  if (!isOver || isEndedSchedule(state.status)) return state;
  return ended(state, how.succeeded ? 'completed' : 'failed', how.succeeded ? null : how.reason);
};

/**
 * The rules of one deployment: which targets go to their hosts when, what a report changes, how it ends.
 * Pure, and called by the DeploymentObject alone. Invariants: counts always add up to all targets; a target's first final
 * state wins; a report that is not newer than the last one taken changes nothing.
 */
import { assertNever } from '#protocol/assert.ts';
import { type DeploymentStatus, isFinalDeployment, isFinalTarget, type TargetStatus } from '#protocol/states.ts';
import {
  type DeploymentState,
  inFlight,
  type Millis,
  move,
  type TargetCounts,
  type TargetState,
} from './deployment-state.ts';

/** What a host says of a target, and what was known of it before. */
export type TargetReport = { id: string; target: TargetState; status: TargetStatus; version: number };

export type DeploymentCommand =
  | { type: 'start' }
  /** In the order in which they came; there may be several of one target. */
  | { type: 'report'; reports: readonly TargetReport[] }
  | { type: 'cancel' };

/** All targets that wait to be admitted end at once. */
export type EndPending = { status: 'canceled' | 'skipped'; message: string };

export type DeploymentDecision =
  | {
      type: 'accepted';
      state: DeploymentState;
      /** Which of the command's reports change their target, by index. */
      taken: readonly number[];
      endPending: EndPending | null;
      /** How many pending targets go to their hosts now. */
      admit: number;
      /** Targets on hosts must be canceled there. */
      cancelInFlight: boolean;
    }
  | { type: 'rejected'; reason: string };

export const decide = (state: DeploymentState, command: DeploymentCommand, now: Millis): DeploymentDecision => {
  switch (command.type) {
    case 'start':
      if (state.status !== 'pending') return { type: 'rejected', reason: `deployment is ${state.status} already` };
      return settle({ ...state, status: 'in_progress', startedAt: now }, [], false, now);
    case 'report':
      return takeReports(state, command.reports, now);
    case 'cancel':
      if (isFinalDeployment(state.status)) return { type: 'rejected', reason: `deployment is ${state.status} already` };
      return settle({ ...state, cancelRequested: true, startedAt: state.startedAt ?? now }, [], true, now);
    default:
      return assertNever(command);
  }
};

/**
 * The target has not ended, and the report is newer than what was taken or says how it ended. The end counts whatever its version:
 * a host that crashed may have forgotten steps that it had told, and their versions with them.
 */
export const isNews = (target: TargetState, report: Pick<TargetReport, 'status' | 'version'>): boolean =>
  !isFinalTarget(target.status) && (report.version > target.reportVersion || isFinalTarget(report.status));

const takeReports = (state: DeploymentState, reports: readonly TargetReport[], now: Millis): DeploymentDecision => {
  const taken: number[] = [];
  const latest = new Map<string, TargetState>();
  let counts = state.counts;
  for (const [index, { id, target, status, version }] of reports.entries()) {
    const known = latest.get(id) ?? target;
    if (!isNews(known, { status, version })) continue;
    taken.push(index);
    counts = move(counts, known.status, status);
    latest.set(id, { status, reportVersion: version });
  }
  if (taken.length === 0) return { type: 'rejected', reason: 'nothing new' };
  return settle({ ...state, counts }, taken, false, now);
};

const budgetExceeded = (state: DeploymentState): boolean =>
  state.maxFailures !== null && state.counts.failed > state.maxFailures;

const whyStopped = (state: DeploymentState): EndPending | null => {
  if (state.cancelRequested) return { status: 'canceled', message: 'canceled before it started' };
  if (budgetExceeded(state)) return { status: 'skipped', message: `stopped: more than ${state.maxFailures} failures` };
  return null;
};

/**
 * How many pending targets may go now. With an error budget a target is admitted only while failures and those in flight
 * together do not exceed it, so that even if all in flight fail the budget is passed by one at most.
 */
export const admissible = (state: DeploymentState): number => {
  const flying = inFlight(state.counts);
  const byConcurrency = state.maxConcurrency === null ? Number.POSITIVE_INFINITY : state.maxConcurrency - flying;
  const byBudget =
    state.maxFailures === null ? Number.POSITIVE_INFINITY : state.maxFailures + 1 - state.counts.failed - flying;
  return Math.max(0, Math.min(state.counts.pending, byConcurrency, byBudget));
};

/** What follows from any change: the end of pending targets, admission, the deployment's end. */
const settle = (
  changed: DeploymentState,
  taken: readonly number[],
  cancelInFlight: boolean,
  now: Millis,
): DeploymentDecision => {
  const stop = changed.counts.pending > 0 ? whyStopped(changed) : null;
  const stopped =
    stop === null
      ? changed
      : { ...changed, counts: move(changed.counts, 'pending', stop.status, changed.counts.pending) };
  const admit = stopped.status === 'in_progress' ? admissible(stopped) : 0;
  const admitted = { ...stopped, counts: move(stopped.counts, 'pending', 'queued', admit) };
  return { type: 'accepted', state: conclude(admitted, now), taken, endPending: stop, admit, cancelInFlight };
};

const conclude = (state: DeploymentState, now: Millis): DeploymentState => {
  if (isFinalDeployment(state.status) || state.counts.pending + inFlight(state.counts) > 0) return state;
  return { ...state, status: finalStatus(state), endedAt: now };
};

/** Skipped targets count neither way. */
const finalStatus = ({ counts }: DeploymentState): DeploymentStatus => {
  if (counts.canceled > 0) return 'canceled';
  if (counts.failed === 0) return 'completed';
  return counts.completed === 0 ? 'failed' : 'partial';
};

/** Percent of ended targets that completed, one decimal; skipped and canceled ones count neither way. */
export const successRate = (counts: TargetCounts): number | null => {
  const decided = counts.completed + counts.failed;
  return decided === 0 ? null : Math.round((counts.completed / decided) * 1000) / 10;
};

/**
 * The rules of one deployment: which targets go to their hosts when, what a report changes, how it ends.
 * Pure, and called by the DeploymentObject alone. Invariants: counts always add up to all targets; a target's first final
 * state wins; a report that is not newer than the last one taken changes nothing; a target goes only when the wave before
 * its own has ended, and never while failures and those in flight together are beyond the error budget.
 */
import { assertNever } from '#protocol/assert.ts';
import { type DeploymentStatus, isFinalDeployment, isFinalTarget, type TargetStatus } from '#protocol/states.ts';
import type { Millis } from '../millis.ts';
import {
  type DeploymentState,
  type Gate,
  gone,
  inFlight,
  move,
  type TargetCounts,
  type TargetState,
  waveEnd,
} from './deployment-state.ts';

/** What a host says of a target, and what was known of it before. */
export type TargetReport = { id: string; target: TargetState; status: TargetStatus; version: number };

export type DeploymentCommand =
  | { type: 'start' }
  /** In the order in which they came; there may be several of one target. */
  | { type: 'report'; reports: readonly TargetReport[] }
  | { type: 'cancel' }
  /** Nothing further goes to hosts; what is there goes on. */
  | { type: 'pause' }
  | { type: 'resume' }
  /** The next wave may go at once. */
  | { type: 'promote' }
  | { type: 'tick' };

/** Longer than a weekend: whoever has not promoted by then will not. */
export const PROMOTE_WITHIN_MS = 7 * 86_400_000;

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
      return settle({ ...state, status: 'in_progress', startedAt: now }, now);
    case 'report':
      return takeReports(state, command.reports, now);
    case 'cancel':
      if (isFinalDeployment(state.status)) return { type: 'rejected', reason: `deployment is ${state.status} already` };
      return settle({ ...state, cancelRequested: true, gate: null, startedAt: state.startedAt ?? now }, now, {
        cancelInFlight: true,
      });
    case 'pause':
      if (state.status !== 'in_progress' || state.cancelRequested)
        return { type: 'rejected', reason: `deployment is ${state.cancelRequested ? 'being canceled' : state.status}` };
      if (!hasMore(state)) return { type: 'rejected', reason: 'deployment has nothing left to hold back' };
      return settle({ ...state, status: 'paused' }, now);
    case 'resume':
      if (state.status !== 'paused') return { type: 'rejected', reason: `deployment is ${state.status}` };
      return settle({ ...state, status: 'in_progress', gate: promotableAgain(state.gate, now) }, now);
    case 'promote':
      return promote(state, now);
    case 'tick':
      return settle(state, now);
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

/** Nobody could promote while it was paused: the time for that begins anew. */
const promotableAgain = (gate: Gate | null, now: Millis): Gate | null =>
  gate?.kind === 'promotion' ? { ...gate, until: now + PROMOTE_WITHIN_MS } : gate;

const promote = (state: DeploymentState, now: Millis): DeploymentDecision => {
  if (state.status !== 'in_progress') return { type: 'rejected', reason: `deployment is ${state.status}` };
  if (state.gate === null) return { type: 'rejected', reason: 'deployment does not wait to be promoted' };
  return settle({ ...state, gate: null, wave: state.wave + 1 }, now);
};

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
  return settle({ ...state, counts }, now, { taken });
};

const budgetExceeded = ({ rollout, counts }: DeploymentState): boolean =>
  rollout.maxFailures !== null && counts.failed > rollout.maxFailures;

const failures = (count: number): string => (count === 1 ? '1 failure' : `${count} failures`);

/** Why targets that have not gone never will. */
const whyStopped = (state: DeploymentState, now: Millis): EndPending | null => {
  if (state.cancelRequested) return { status: 'canceled', message: 'canceled before it started' };
  if (budgetExceeded(state))
    return { status: 'skipped', message: `stopped: more than ${failures(state.rollout.maxFailures ?? 0)}` };
  if (state.gate?.kind === 'promotion' && now >= state.gate.until)
    return { status: 'skipped', message: 'stopped: nobody promoted it in time' };
  return null;
};

/**
 * How many targets of the current wave may go now. With an error budget one goes only while failures and those in flight together do
 * not exceed it, so that even if all in flight fail the budget is passed by one at most.
 */
export const admissible = (state: DeploymentState): number => {
  const { rollout, counts } = state;
  const flying = inFlight(counts);
  const byConcurrency = rollout.maxConcurrency === null ? Number.POSITIVE_INFINITY : rollout.maxConcurrency - flying;
  const byBudget =
    rollout.maxFailures === null ? Number.POSITIVE_INFINITY : rollout.maxFailures + 1 - counts.failed - flying;
  return Math.max(0, Math.min(waveEnd(state) - gone(state), byConcurrency, byBudget));
};

/** Something has not gone yet, be it only the word of a person. */
const hasMore = ({ counts, wave, rollout, stopReason }: DeploymentState): boolean =>
  counts.pending > 0 || (stopReason === null && wave < rollout.ends.length - 1);

const waveIsOver = (state: DeploymentState): boolean =>
  gone(state) === waveEnd(state) && inFlight(state.counts) === 0 && hasMore(state);

/** What stands between the current wave and the next one, when the current one has just ended; null when nothing does. */
const gateAfterWave = ({ rollout }: DeploymentState, now: Millis): Gate | null => {
  if (rollout.pauseMs > 0) return { kind: 'pause', until: now + rollout.pauseMs };
  return rollout.manual ? { kind: 'promotion', until: now + PROMOTE_WITHIN_MS } : null;
};

/** After a pause that is over: a person, or the next wave. */
const gateAfterPause = ({ rollout }: DeploymentState, now: Millis): Gate | null =>
  rollout.manual ? { kind: 'promotion', until: now + PROMOTE_WITHIN_MS } : null;

/** Moves on to the next wave as far as nothing stands between. */
const advance = (state: DeploymentState, now: Millis): DeploymentState => {
  if (state.status !== 'in_progress') return state;
  if (state.gate !== null && (state.gate.kind === 'promotion' || now < state.gate.until)) return state;
  if (state.gate === null && !waveIsOver(state)) return state;
  const gate = state.gate === null ? gateAfterWave(state, now) : gateAfterPause(state, now);
  return gate === null ? { ...state, gate: null, wave: state.wave + 1 } : { ...state, gate };
};

const CANCELED = 'canceled';

const stop = (state: DeploymentState, end: EndPending): DeploymentState => ({
  ...state,
  counts: move(state.counts, 'pending', end.status, state.counts.pending),
  gate: null,
  stopReason: end.status === 'canceled' ? CANCELED : end.message,
});

type Along = { taken?: readonly number[]; cancelInFlight?: boolean };

/** What follows from any change: the end of pending targets, the next wave, admission, the deployment's end. */
const settle = (changed: DeploymentState, now: Millis, along: Along = {}): DeploymentDecision => {
  const endPending = hasMore(changed) ? whyStopped(changed, now) : null;
  const stopped = endPending === null ? advance(changed, now) : stop(changed, endPending);
  const admit = stopped.status === 'in_progress' && stopped.gate === null ? admissible(stopped) : 0;
  const admitted = { ...stopped, counts: move(stopped.counts, 'pending', 'queued', admit) };
  return {
    type: 'accepted',
    state: conclude(admitted, now),
    taken: along.taken ?? [],
    endPending,
    admit,
    cancelInFlight: along.cancelInFlight ?? false,
  };
};

const conclude = (state: DeploymentState, now: Millis): DeploymentState => {
  if (isFinalDeployment(state.status) || hasMore(state) || inFlight(state.counts) > 0) return state;
  return { ...state, status: finalStatus(state), endedAt: now, gate: null, rollbackDue: wantsRollback(state) };
};

/** Failures within the budget were allowed for; without a budget every failure counts. What a person canceled is theirs. */
const wantsRollback = (state: DeploymentState): boolean => {
  if (!state.rollbackOnFailure || state.cancelRequested) return false;
  return state.rollout.maxFailures === null ? state.counts.failed > 0 : budgetExceeded(state);
};

/** Skipped targets count neither way. */
const finalStatus = ({ counts, stopReason }: DeploymentState): DeploymentStatus => {
  if (counts.canceled > 0 || stopReason === CANCELED) return 'canceled';
  if (counts.failed === 0) return 'completed';
  return counts.completed === 0 ? 'failed' : 'partial';
};

/** Percent of ended targets that completed, one decimal; skipped and canceled ones count neither way. */
export const successRate = (counts: TargetCounts): number | null => {
  const decided = counts.completed + counts.failed;
  return decided === 0 ? null : Math.round((counts.completed / decided) * 1000) / 10;
};

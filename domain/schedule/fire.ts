/** Which scheduled instants fire, which are skipped and why. Pure. */
import type { DeploymentId } from '#protocol/ids.ts';
import type { Millis } from '../millis.ts';
import { CATCH_UP_WITHIN_MS, MAX_UNSTARTED, ON_TIME_WITHIN_MS } from './limits.ts';
import { type Passed, passedEntry, passedInstants } from './missed.ts';
import { nextRun } from './next-run.ts';
import type { LedgerChange, Notice, Run, ScheduleDecision, ScheduleState } from './schedule-state.ts';
import { type Timing, timingOf } from './timing.ts';

/** `fired` are those that have fired already of the instants that may come up: the clock went back, or jumped over them. */
export type Firings = { now: Millis; fired: ReadonlySet<Millis> };

const timings = new WeakMap<ScheduleState['definition'], Timing | null>();

/** Kept with the definition that it follows from; null for one whose zone this runtime has lost. */
const timingFor = ({ definition }: ScheduleState): Timing | null => {
  const known = timings.get(definition);
  if (known !== undefined) return known;
  const made = timingOf(definition.recurrence, definition.timezone);
  const timing = made.ok ? made.timing : null;
  timings.set(definition, timing);
  return timing;
};

/** Instants of the recurrence within start and end, both inclusive. */
const instantsOf = (state: ScheduleState): ((from: Millis) => Millis | null) => {
  const timing = timingFor(state);
  const { startAt, endAt } = state.definition;
  return (from) => {
    const at = timing === null ? null : nextRun(timing, Math.max(from, startAt === null ? from : startAt - 1));
    return at === null || (endAt !== null && at > endAt) ? null : at;
  };
};

/** Those that have not fired. */
const unfiredOf = (state: ScheduleState, fired: ReadonlySet<Millis>): ((from: Millis) => Millis | null) => {
  const next = instantsOf(state);
  return (from) => {
    let at = next(from);
    while (at !== null && fired.has(at)) at = next(at);
    return at;
  };
};

/** The next instant after now that has not fired. */
export const nextRunAfter = (state: ScheduleState, { now, fired }: Firings): Millis | null =>
  unfiredOf(state, fired)(now);

const inWords = (millis: number): string => {
  const minutes = Math.round(millis / 60_000);
  return minutes < 2 ? `${Math.round(millis / 1000)} s` : `${minutes} min`;
};

const NOT_RUNNING = 'the system was not running at that time';

const missedText = (passed: Millis, now: Millis): string =>
  `Missed, found ${inWords(now - passed)} later: ${NOT_RUNNING}`;

type Due = { at: Millis; kind: Run['kind']; reason: string | null };

/** The one instant of those that passed that may still run, if any. */
const dueOf = ({ instants }: Passed, state: ScheduleState, now: Millis): Due | null => {
  const at = instants.at(-1);
  if (at === undefined) return null;
  const late = now - at;
  if (late <= ON_TIME_WITHIN_MS) return { at, kind: 'scheduled', reason: null };
  if (state.definition.misfire === 'skip' || late > CATCH_UP_WITHIN_MS) return null;
  return { at, kind: 'catch_up', reason: `caught up ${inWords(late)} late: ${NOT_RUNNING}` };
};

/** What was missed is not made up for after the end. */
const isPastEnd = ({ definition: { endAt } }: ScheduleState, { kind }: Due, now: Millis): boolean =>
  kind === 'catch_up' && endAt !== null && now > endAt;

/** Whether one more may run; runs in flight may still come to count. */
const whyNot = (state: ScheduleState): string | null => {
  const { max_executions, overlap } = state.definition;
  const open = state.runs.length;
  if (max_executions !== null && state.executionCount + open >= max_executions)
    return `Max executions reached (${max_executions}) with ${open === 1 ? 'one' : open} in flight`;
  const unstarted = state.runs.filter(({ startedAt, withdrawn }) => startedAt === null && withdrawn === null).length;
  if (unstarted >= MAX_UNSTARTED[overlap]) return overlap === 'skip' ? 'Already running' : 'Already queued (max 1)';
  return null;
};

const newRun = (state: ScheduleState, { at, kind, reason }: Due, deploymentId: DeploymentId, now: Millis): Run => ({
  deploymentId,
  scheduledAt: at,
  kind,
  dueAt: now,
  counted: state.executionCount,
  startedAt: null,
  ran: false,
  reason,
  withdrawn: null,
  reportVersion: 0,
});

const dueEntry = (run: Run): LedgerChange => ({
  scheduledAt: run.scheduledAt,
  kind: run.kind,
  outcome: 'due',
  reason: run.reason,
  deploymentId: run.deploymentId,
  firedAt: null,
  endedAt: null,
  until: null,
});

const missedEntries = ({ instants, folded }: Passed, due: Due | null, now: Millis): LedgerChange[] => {
  const missed = instants.filter((at) => at !== due?.at);
  const older = folded === null ? [] : [passedEntry(folded.from, 'missed', missedText(folded.from, now), folded.until)];
  return [...older, ...missed.map((at) => passedEntry(at, 'missed', missedText(at, now)))];
};

const skipNotices = (entries: readonly LedgerChange[]): Notice[] =>
  entries.map(({ scheduledAt, reason }) => ({ type: 'skipped', scheduledAt, reason: reason ?? '' }));

/** What the alarm finds: instants that passed are answered for, and the latest of them fires if it still may. */
export const fireDue = (state: ScheduleState, deploymentId: DeploymentId, firings: Firings): ScheduleDecision => {
  const { now } = firings;
  const first = state.nextRunAt;
  const nextRunAt = nextRunAfter(state, firings);
  // The same state when nothing moved: a look that finds nothing due is no news to anyone.
  const moved = nextRunAt === state.nextRunAt ? state : { ...state, nextRunAt };
  if (first === null || first > now) return { type: 'accepted', state: moved, ledger: [], notices: [] };
  const passed = passedInstants(unfiredOf(state, firings.fired), first, now);
  const due = dueOf(passed, state, now);
  const missed = missedEntries(passed, due, now);
  const notices = skipNotices(missed);
  if (due === null) return { type: 'accepted', state: moved, ledger: missed, notices };
  const refusal = isPastEnd(state, due, now) ? 'End date reached' : whyNot(state);
  if (refusal !== null) {
    const skipped = passedEntry(due.at, 'skipped', refusal);
    const ledger = [...missed, skipped];
    return { type: 'accepted', state: moved, ledger, notices: skipNotices(ledger) };
  }
  const run = newRun(state, due, deploymentId, now);
  return {
    type: 'accepted',
    state: { ...moved, lastRunAt: now, runs: [...state.runs, run] },
    ledger: [...missed, dueEntry(run)],
    notices,
  };
};

/** By hand: no instant of the recurrence is used up. */
export const fireNow = (state: ScheduleState, deploymentId: DeploymentId, now: Millis): ScheduleDecision => {
  const refusal = whyNot(state);
  if (refusal !== null) return { type: 'rejected', reason: refusal };
  const taken = new Set(state.runs.map(({ scheduledAt }) => scheduledAt));
  let at = now;
  while (taken.has(at) || at % 60_000 === 0) at += 1;
  const run = newRun(state, { at, kind: 'manual', reason: null }, deploymentId, now);
  return {
    type: 'accepted',
    state: { ...state, lastRunAt: now, runs: [...state.runs, run] },
    ledger: [dueEntry(run)],
    notices: [],
  };
};

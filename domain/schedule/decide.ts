/**
 * The rules of one schedule: what fires when, what its runs mean for it, what a person may tell it.
 * Pure: `decide(state, command, now)` answers with the next state, what became of scheduled instants, and what hosts are told.
 * Called by the ScheduleObject alone. Invariants: no instant fires twice; never more runs count than may, also with some in flight;
 * a schedule that has ended never fires again.
 */
import { assertNever } from '#protocol/assert.ts';
import type { DeploymentId } from '#protocol/ids.ts';
import { type DeploymentStatus, isEndedSchedule, isFinalDeployment, type ScheduleStatus } from '#protocol/states.ts';
import type { Millis } from '../millis.ts';
import { type Firings, fireDue, fireNow, nextRunAfter } from './fire.ts';
import { passedEntry } from './missed.ts';
import type { Definition, LedgerChange, Notice, Run, ScheduleDecision, ScheduleState } from './schedule-state.ts';

export type RunNews = {
  deploymentId: DeploymentId;
  version: number;
  status: DeploymentStatus;
  ran: boolean;
  failed: boolean;
  reason: string | null;
  endedAt: Millis | null;
};

export type ScheduleCommand =
  | { type: 'define'; definition: Definition }
  | { type: 'pause' | 'resume' | 'remove' }
  /** `reason` is null when a person wants it. */
  | { type: 'stop'; reason: string | null }
  | { type: 'execute'; deploymentId: DeploymentId }
  /** `deploymentId` is the one that a run which is due now gets. */
  | { type: 'tick'; deploymentId: DeploymentId }
  | { type: 'run_started'; deploymentId: DeploymentId }
  /** Of one that is not to start any more: it has not. */
  | { type: 'run_withdrawn'; deploymentId: DeploymentId }
  /** Its instant had fired: the clock went back further than is remembered here. */
  | { type: 'run_repeated'; deploymentId: DeploymentId; before: FiredBefore }
  | { type: 'run_postponed'; deploymentId: DeploymentId; reason: string }
  | { type: 'run_refused'; deploymentId: DeploymentId; reason: string }
  | { type: 'run_reported'; news: RunNews };

/** What the record has of an instant that has fired. */
export type FiredBefore = {
  deploymentId: DeploymentId;
  status: DeploymentStatus;
  firedAt: Millis | null;
  endedAt: Millis | null;
};

const PAUSED = 'Schedule paused';

/** A schedule that nobody has defined yet. */
export const newSchedule = (definition: Definition): ScheduleState => ({
  definition,
  status: 'active',
  statusReason: null,
  nextRunAt: null,
  lastRunAt: null,
  executionCount: 0,
  runs: [],
  pausedAt: null,
});

/** `fired` are instants that have fired already, of those since the clock, the next run or the pause, whichever is earliest. */
export const decide = (
  state: ScheduleState | null,
  command: ScheduleCommand,
  now: Millis,
  fired: ReadonlySet<Millis> = new Set(),
): ScheduleDecision => {
  if (state === null)
    return command.type === 'define' ? create(command.definition, now) : rejected('there is no such schedule');
  const decision = apply(state, command, { now, fired });
  return decision.type === 'accepted' ? settle(state, decision, { now, fired }) : decision;
};

const apply = (state: ScheduleState, command: ScheduleCommand, firings: Firings): ScheduleDecision => {
  switch (command.type) {
    case 'define':
      return edit(state, command.definition, firings);
    case 'pause':
      return pause(state, firings.now);
    case 'resume':
      return resume(state, firings);
    case 'stop':
      return stop(state, { how: 'stopped', reason: command.reason }, firings);
    case 'remove':
      return stop(state, { how: 'removed', reason: null }, firings);
    case 'execute':
      return execute(state, command.deploymentId, firings.now);
    case 'tick':
      return state.status === 'active' ? fireDue(state, command.deploymentId, firings) : accepted(state);
    case 'run_started':
      return started(state, command.deploymentId, firings.now);
    case 'run_withdrawn':
      return withdrawn(state, command.deploymentId, firings.now);
    case 'run_repeated':
      return repeated(state, command.deploymentId, command.before);
    case 'run_postponed':
      return postponed(state, command);
    case 'run_refused':
      return refused(state, command, firings.now);
    case 'run_reported':
      return reported(state, command.news);
    default:
      return assertNever(command);
  }
};

type Accepted = Extract<ScheduleDecision, { type: 'accepted' }>;

const accepted = (state: ScheduleState, ledger: LedgerChange[] = [], notices: Notice[] = []): Accepted => ({
  type: 'accepted',
  state,
  ledger,
  notices,
});
const rejected = (reason: string): ScheduleDecision => ({ type: 'rejected', reason });

const create = (definition: Definition, now: Millis): ScheduleDecision => {
  const state = newSchedule(definition);
  const firings = { now, fired: new Set<Millis>() };
  const decision = accepted({ ...state, nextRunAt: nextRunAfter(state, firings) }, [], [{ type: 'added' }]);
  return settle(state, decision, firings);
};

const edit = (state: ScheduleState, definition: Definition, firings: Firings): ScheduleDecision => {
  if (definition.version <= state.definition.version) return accepted(state);
  if (isEndedSchedule(state.status)) return rejected(`schedule is ${state.status}: duplicate it instead`);
  const notices: Notice[] = [{ type: 'edited' }];
  // What fell into the pause until now was set by the definition before.
  if (state.status === 'paused')
    return accepted({ ...state, definition, pausedAt: firings.now }, pausedEntries(state, firings), notices);
  const edited = { ...state, definition };
  return accepted({ ...edited, nextRunAt: nextRunAfter(edited, firings) }, [], notices);
};

const pause = (state: ScheduleState, now: Millis): ScheduleDecision => {
  if (state.status === 'paused') return accepted(state);
  if (state.status !== 'active') return rejected(`schedule is ${state.status}`);
  const runs = withdraw(state, PAUSED);
  return accepted(
    { ...state, status: 'paused', statusReason: null, nextRunAt: null, pausedAt: now, runs },
    [],
    [{ type: 'paused' }],
  );
};

/**
 * What was due and is not known to have started does not start after a person has said stop. A start may be under way, or have
 * succeeded without an answer: only the record can tell.
 */
const withdraw = (state: ScheduleState, reason: string): readonly Run[] =>
  state.runs.map((run) => (run.startedAt === null ? { ...run, withdrawn: run.withdrawn ?? reason } : run));

const withdrawn = (state: ScheduleState, id: DeploymentId, now: Millis): ScheduleDecision => {
  const run = runOf(state, id);
  if (run === undefined || run.startedAt !== null || run.withdrawn === null)
    return rejected('no such run is withdrawn');
  const entry = { ...entryOf(run, 'skipped', run.withdrawn), deploymentId: null, endedAt: now };
  return accepted(withoutRun(state, run), [entry]);
};

/** One entry for whatever fell into the pause. */
const pausedEntries = (state: ScheduleState, { now, fired }: Firings): LedgerChange[] => {
  if (state.pausedAt === null) return [];
  const first = nextRunAfter(state, { now: state.pausedAt, fired });
  return first === null || first > now ? [] : [passedEntry(first, 'skipped', PAUSED, now)];
};

const resume = (state: ScheduleState, firings: Firings): ScheduleDecision => {
  if (state.status === 'active') return accepted(state);
  if (state.status !== 'paused') return rejected(`schedule is ${state.status}`);
  const active: ScheduleState = { ...state, status: 'active', pausedAt: null };
  return accepted({ ...active, nextRunAt: nextRunAfter(active, firings) }, pausedEntries(state, firings), [
    { type: 'resumed' },
  ]);
};

const ended = (state: ScheduleState, status: ScheduleStatus, reason: string | null): ScheduleState => ({
  ...state,
  status,
  statusReason: reason,
  nextRunAt: null,
  pausedAt: null,
});

const stop = (
  state: ScheduleState,
  { how, reason }: { how: 'stopped' | 'removed'; reason: string | null },
  firings: Firings,
): ScheduleDecision => {
  if (isEndedSchedule(state.status) && how === 'stopped')
    return state.status === 'stopped' ? accepted(state) : rejected(`schedule is ${state.status}`);
  const runs = withdraw(state, how === 'stopped' ? 'Schedule stopped' : 'Schedule deleted');
  return accepted({ ...ended(state, 'stopped', reason), runs }, pausedEntries(state, firings), [{ type: how }]);
};

const execute = (state: ScheduleState, deploymentId: DeploymentId, now: Millis): ScheduleDecision => {
  if (isEndedSchedule(state.status)) return rejected(`schedule is ${state.status}`);
  return fireNow(state, deploymentId, now);
};

export const entryOf = (run: Run, outcome: LedgerChange['outcome'], reason: string | null): LedgerChange => ({
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

const started = (state: ScheduleState, id: DeploymentId, now: Millis): ScheduleDecision => {
  const run = runOf(state, id);
  if (run === undefined) return rejected('no such run is open');
  if (run.startedAt !== null) return accepted(state);
  const late = now - run.dueAt >= 1000 && run.reason !== null;
  const next = { ...run, startedAt: now, reason: late || run.kind === 'catch_up' ? run.reason : null };
  return accepted(withRun(state, next), [entryOf(next, 'running', next.reason)]);
};

const STARTED_LATE = 'started late: ';

const postponed = (
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

const refused = (
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
const repeated = (state: ScheduleState, id: DeploymentId, before: FiredBefore): ScheduleDecision => {
  const run = runOf(state, id);
  if (run === undefined || run.startedAt !== null) return rejected('no such run waits for its start');
  const outcome = outcomeOf({ status: before.status, ran: true });
  const { deploymentId, firedAt, endedAt } = before;
  return accepted(withoutRun(state, run), [{ ...entryOf(run, outcome, null), deploymentId, firedAt, endedAt }]);
};

const joined = (...parts: (string | null)[]): string | null => parts.filter((part) => part !== null).join('; ') || null;

const reported = (state: ScheduleState, news: RunNews): ScheduleDecision => {
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

/** The ends that come by themselves, whatever command brought us: of what fires once, then the end date, then the limit. */
const settle = (before: ScheduleState, decision: Accepted, firings: Firings): Accepted => {
  const { state, ledger } = decision;
  if (isEndedSchedule(before.status)) return decision;
  const end = isEndedSchedule(state.status) ? null : whyEnded(decision, firings.now);
  if (end === null) return withEndNotice(decision);
  return withEndNotice({
    ...decision,
    state: ended(state, end.status, end.reason),
    ledger: [...pausedEntries(state, firings), ...ledger],
  });
};

const whyEnded = ({ state, ledger }: Accepted, now: Millis) => {
  const { definition, executionCount } = state;
  const { endAt, max_executions } = definition;
  if (hasLapsed(state)) return { status: 'failed' as const, reason: ledger.at(-1)?.reason ?? 'No run is to come' };
  if (endAt !== null && now > endAt) return { status: 'expired' as const, reason: 'End date reached' };
  if (max_executions !== null && executionCount >= max_executions)
    return { status: 'completed' as const, reason: 'Max executions reached' };
  return null;
};

/** It was to fire once, and that time has passed without a run. */
const hasLapsed = ({ status, definition, nextRunAt, runs }: ScheduleState): boolean =>
  status === 'active' &&
  definition.recurrence.type === 'once' &&
  nextRunAt === null &&
  !runs.some(({ kind }) => kind !== 'manual');

/** Ends that nobody asked for are told; `stopped` and `removed` were already. */
const withEndNotice = (decision: Accepted): Accepted => {
  const { status } = decision.state;
  const told = decision.notices.some(({ type }) => type === 'stopped' || type === 'removed');
  if (told || (status !== 'completed' && status !== 'expired' && status !== 'failed')) return decision;
  return { ...decision, notices: [...decision.notices, { type: status }] };
};

/**
 * A schedule's object for tests, without an object: it drives the rules as the real one does (an alarm at the next wake, what is due
 * comes before a person's word, starts that are tried again), over a clock, a record and deployments that the test makes up.
 */
import { type DeploymentStatus, isEndedSchedule } from '#protocol/states.ts';
import type { Millis } from '../../millis.ts';
import { decide, type ScheduleCommand } from '../decide.ts';
import { nextWake } from '../next-wake.ts';
import type { RunNews } from '../run-commands.ts';
import type { Definition, LedgerChange, Run, ScheduleState } from '../schedule-state.ts';
import { runId } from '../test-schedule.ts';

/** Numbers from 0 to 1 that follow from the seed. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

type Ending = Pick<RunNews, 'status' | 'ran' | 'failed'>;
const ending = (status: DeploymentStatus, ran: boolean, failed: boolean): Ending => ({ status, ran, failed });
const ENDINGS: readonly Ending[] = [
  ending('completed', true, false),
  ending('completed', true, false),
  ending('failed', true, true),
  ending('partial', true, true),
  ending('canceled', true, false),
  ending('completed', false, false),
];

const NONE: ReadonlySet<Millis> = new Set();

const must = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new Error(otherwise);
};

/** For so long one definition was in force, and the schedule did or did not fire. Without its beginning, with its end. */
export type Stretch = { from: Millis; to: Millis; definition: Definition; paused: boolean };

const hasFired = (entry: LedgerChange | undefined): boolean =>
  entry !== undefined && (entry.deploymentId !== null || (entry.outcome !== 'missed' && entry.outcome !== 'skipped'));

export class Simulation {
  now: Millis;
  state: ScheduleState | null = null;
  readonly ledger = new Map<Millis, LedgerChange>();
  readonly stretches: Stretch[] = [];
  /** Deployments that were started, in their order. */
  readonly deployments: Run[] = [];
  /** Runs that must have counted, by the definition in force when they ended. */
  counted = 0;
  /** What the count may come to: the limit, or what was in flight already when it was lowered. */
  allowed = Number.POSITIVE_INFINITY;
  readonly #random: () => number;
  readonly #longestRunMs: number;
  readonly #reports: { at: Millis; news: RunNews }[] = [];
  readonly #started = new Set<Run['deploymentId']>();
  readonly #firedLast: Millis[] = [];
  #latestFired = Number.NEGATIVE_INFINITY;
  #alarmAt: Millis | null = null;
  #isRecordDown = false;
  #ids = 0;
  #since: Millis;

  constructor(now: Millis, seed: number, longestRunMs: number) {
    this.now = now;
    this.#since = now;
    this.#random = randomFrom(seed);
    this.#longestRunMs = longestRunMs;
  }

  get isEnded(): boolean {
    return this.state !== null && isEndedSchedule(this.state.status);
  }

  /** As many as the object keeps, at the least. */
  #fired(): ReadonlySet<Millis> {
    const since = Math.min(this.now, this.state?.nextRunAt ?? this.now, this.state?.pausedAt ?? this.now);
    if (this.#latestFired < since) return NONE;
    return new Set(this.#firedLast.filter((at) => at >= since && hasFired(this.ledger.get(at))));
  }

  #apply(command: ScheduleCommand): boolean {
    const before = this.state;
    const decision = decide(before, command, this.now, this.#fired());
    if (decision.type === 'rejected') return false;
    this.#noteStretch(before, decision.state);
    this.state = decision.state;
    for (const change of decision.ledger) this.#keep(change);
    this.#checkLimit(before, decision.state);
    this.#alarmAt = nextWake(decision.state);
    return true;
  }

  #noteStretch(before: ScheduleState | null, after: ScheduleState): void {
    if (before === null || isEndedSchedule(before.status)) {
      this.#since = this.now;
      return;
    }
    if (before.definition === after.definition && before.status === after.status) return;
    const paused = before.status === 'paused';
    this.stretches.push({ from: this.#since, to: this.now, definition: before.definition, paused });
    this.#since = this.now;
  }

  /** What was started keeps its entry, and an instant that has fired is never called missed. */
  #keep(change: LedgerChange): void {
    const { scheduledAt, deploymentId } = change;
    const known = this.ledger.get(scheduledAt)?.deploymentId ?? null;
    if (known !== null && known !== deploymentId && this.#started.has(known))
      throw new Error(`what fired at ${new Date(scheduledAt).toISOString()} is called ${change.outcome}`);
    this.ledger.set(scheduledAt, change);
    if (change.outcome !== 'due') return;
    this.#latestFired = Math.max(this.#latestFired, scheduledAt);
    this.#firedLast.push(scheduledAt);
    if (this.#firedLast.length > 500) this.#firedLast.shift();
  }

  #checkLimit(before: ScheduleState | null, after: ScheduleState): void {
    const max = after.definition.max_executions ?? Number.POSITIVE_INFINITY;
    const open = after.executionCount + after.runs.length;
    if (after.definition !== before?.definition) this.allowed = Math.max(max, open);
    if (after.runs.length > (before?.runs.length ?? 0)) must(open <= max, `${open} runs of ${max}`);
    must(after.executionCount <= this.allowed, `${after.executionCount} runs count of ${this.allowed}`);
    must(after.executionCount === this.counted, `${after.executionCount} runs count, ${this.counted} should`);
  }

  #id(): Run['deploymentId'] {
    this.#ids += 1;
    return runId(this.#ids);
  }

  /** What the alarm does. */
  tick(): void {
    if (this.state === null) return;
    this.#apply({ type: 'tick', deploymentId: this.#id() });
    this.#startRuns();
    const { status, nextRunAt, definition } = this.state;
    if (nextRunAt === null) return;
    must(status === 'active' && nextRunAt > this.now, `the next run of a ${status} schedule is not to come`);
    must(nextRunAt >= (definition.startAt ?? nextRunAt), 'the next run is before the start date');
    must(nextRunAt <= (definition.endAt ?? nextRunAt), 'the next run is after the end date');
  }

  /** A person's word: what is due fires before. */
  say(command: Exclude<ScheduleCommand, { type: 'execute' }>): void {
    this.#settle();
    this.#apply(command);
    this.#startRuns();
  }

  execute(): void {
    this.#settle();
    this.#apply({ type: 'execute', deploymentId: this.#id() });
    this.#startRuns();
  }

  #settle(): void {
    if (this.state?.nextRunAt != null && this.state.nextRunAt <= this.now) this.tick();
  }

  /** What was due meanwhile starts when it is back. */
  set isRecordDown(isDown: boolean) {
    this.#isRecordDown = isDown;
    this.#startRuns();
  }

  #startRuns(): void {
    for (const run of this.state?.runs.filter(({ startedAt }) => startedAt === null) ?? []) {
      const { deploymentId } = run;
      if (run.withdrawn !== null) this.#withdraw(run);
      else if (this.#isRecordDown) this.#apply({ type: 'run_postponed', deploymentId, reason: 'the record is down' });
      else if (!this.#started.has(deploymentId) && this.#random() < 0.02)
        this.#apply({ type: 'run_refused', deploymentId, reason: 'no devices' });
      else this.#start(run);
    }
  }

  /** Only the record knows whether it has started. */
  #withdraw({ deploymentId }: Run): void {
    if (this.#isRecordDown) return;
    this.#apply({ type: this.#started.has(deploymentId) ? 'run_started' : 'run_withdrawn', deploymentId });
  }

  #start(run: Run): void {
    const { deploymentId } = run;
    // Safe to do twice: the deployment is the run's own.
    if (this.#started.has(deploymentId)) {
      this.#apply({ type: 'run_started', deploymentId });
      return;
    }
    this.#started.add(deploymentId);
    this.deployments.push(run);
    const endedAt = this.now + Math.ceil(this.#random() * this.#longestRunMs);
    const how = ENDINGS[Math.floor(this.#random() * ENDINGS.length)] ?? ending('completed', true, false);
    const end: RunNews = { deploymentId, version: 2, reason: null, endedAt, ...how };
    this.#reports.push({ at: endedAt, news: end });
    if (this.#random() < 0.5)
      this.#reports.push({
        at: this.now + Math.ceil(this.#random() * this.#longestRunMs),
        news: { ...end, version: 1, status: 'in_progress', endedAt: null },
      });
    if (this.#random() < 0.2) this.#reports.push({ at: endedAt + 1000, news: end });
    // Sometimes nobody hears that it was started: it is started again, or its end says so.
    if (this.#random() < 0.95) this.#apply({ type: 'run_started', deploymentId });
  }

  #report(news: RunNews): void {
    this.#settle();
    const isOpen = this.state?.runs.some(({ deploymentId }) => deploymentId === news.deploymentId) ?? false;
    const counts =
      news.ran && (this.state?.definition.count === 'runs' || (news.status === 'completed' && !news.failed));
    if (isOpen && news.status !== 'in_progress' && counts) this.counted += 1;
    const accepted = this.#apply({ type: 'run_reported', news });
    must(isOpen || !accepted, 'a report of no run is taken');
  }

  /** Time passes, and the alarm and reports come when they are due. */
  pass(duration: Millis): void {
    const until = this.now + duration;
    for (;;) {
      const [report] = this.#reports.toSorted((left, right) => left.at - right.at);
      const alarm = this.#alarmAt ?? Number.POSITIVE_INFINITY;
      const at = Math.min(alarm, report?.at ?? Number.POSITIVE_INFINITY);
      if (at > until) break;
      this.now = Math.max(this.now, at);
      if (report !== undefined && report.at < alarm) this.#takeReport(report);
      else this.tick();
    }
    this.now = until;
  }

  #takeReport(report: { at: Millis; news: RunNews }): void {
    this.#reports.splice(this.#reports.indexOf(report), 1);
    this.#report(report.news);
  }

  /** Time passes and nobody is there. What comes first afterwards, a report or the alarm, is a matter of luck. */
  outage(duration: Millis): void {
    this.now += duration;
    if (this.#random() < 0.5) this.tick();
    for (const report of this.#reports.filter(({ at }) => at <= this.now)) this.#takeReport(report);
    this.tick();
  }

  /** Ends the last stretch, to judge what there is. */
  close(): void {
    this.#settle();
    if (this.state === null || this.isEnded) return;
    const { definition, status } = this.state;
    this.stretches.push({ from: this.#since, to: this.now, definition, paused: status === 'paused' });
    if (status === 'paused') this.#apply({ type: 'stop', reason: null });
    this.isRecordDown = false;
  }
}

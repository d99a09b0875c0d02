/** How a deployment goes through its waves: gates, promotion, pause, the error budget over all of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinalDeployment, type TargetStatus } from '#protocol/states.ts';
import { type DeploymentCommand, decide, PROMOTE_WITHIN_MS } from './decide.ts';
import { type DeploymentState, gone, inFlight, pendingDeployment, total, waveEnd } from './deployment-state.ts';
import { nextWake } from './next-wake.ts';
import type { Rollout } from './rollout.ts';
import { nextToGo } from './wave-text.ts';

const T0 = Date.parse('2026-03-01T12:00:00Z');

const rollout = (ends: number[], overrides: Partial<Rollout> = {}): Rollout => ({
  ends,
  pauseMs: 0,
  manual: false,
  maxConcurrency: null,
  maxFailures: null,
  ...overrides,
});

const told = (state: DeploymentState, command: DeploymentCommand, now = T0): DeploymentState => {
  const decision = decide(state, command, now);
  if (decision.type === 'rejected') throw new Error(decision.reason);
  return decision.state;
};

const started = (plan: Rollout, rollback = false): DeploymentState =>
  told(pendingDeployment(plan, rollback), { type: 'start' });

const end = (state: DeploymentState, status: TargetStatus, now = T0): DeploymentState =>
  told(
    state,
    { type: 'report', reports: [{ id: 'x', target: { status: 'queued', reportVersion: 1 }, status, version: 2 }] },
    now,
  );

const endWave = (state: DeploymentState, now = T0): DeploymentState => {
  let next = state;
  const flying = inFlight(state.counts);
  for (let index = 0; index < flying; index++) next = end(next, 'completed', now);
  return next;
};

describe('rolling', () => {
  it('lets a wave go when the one before has ended, and not sooner', () => {
    let state = started(rollout([2, 4, 5]));
    expect(inFlight(state.counts)).toBe(2);
    state = end(state, 'completed');
    expect([state.wave, inFlight(state.counts)]).toEqual([0, 1]);
    state = end(state, 'completed');
    expect([state.wave, inFlight(state.counts)]).toEqual([1, 2]);
    state = endWave(state);
    expect([state.wave, inFlight(state.counts), state.counts.pending]).toEqual([2, 1, 0]);
    expect(endWave(state).status).toBe('completed');
  });

  it('waits between waves as long as it should, and wakes itself', () => {
    const waiting = endWave(started(rollout([1, 2], { pauseMs: 30_000 })));
    expect(waiting.gate).toEqual({ kind: 'pause', until: T0 + 30_000 });
    expect(nextWake(waiting)).toBe(T0 + 30_000);
    expect(inFlight(told(waiting, { type: 'tick' }, T0 + 29_999).counts)).toBe(0);
    const after = told(waiting, { type: 'tick' }, T0 + 30_000);
    expect([after.gate, after.wave, inFlight(after.counts)]).toEqual([null, 1, 1]);
  });
});

describe('a canary', () => {
  it('that fails ends the deployment before any other device has been touched', () => {
    const state = end(started(rollout([1, 9], { maxFailures: 0 })), 'failed');
    expect(state).toMatchObject({ status: 'failed', counts: { failed: 1, skipped: 8, pending: 0 } });
    expect(state.stopReason).toBe('stopped: more than 0 failures');
  });

  it('bakes first, then waits for a person, then lets the others go', () => {
    const baking = endWave(started(rollout([1, 3], { pauseMs: 60_000, manual: true })));
    expect(baking.gate?.kind).toBe('pause');
    const waiting = told(baking, { type: 'tick' }, T0 + 60_000);
    expect(waiting.gate).toEqual({ kind: 'promotion', until: T0 + 60_000 + PROMOTE_WITHIN_MS });
    const promoted = told(waiting, { type: 'promote' }, T0 + 70_000);
    expect([promoted.wave, inFlight(promoted.counts)]).toEqual([1, 2]);
  });

  it('may be promoted while it bakes', () => {
    const baking = endWave(started(rollout([1, 3], { pauseMs: 60_000, manual: true })));
    expect(inFlight(told(baking, { type: 'promote' }).counts)).toBe(2);
  });

  it('that nobody promotes in time skips the others', () => {
    const waiting = endWave(started(rollout([1, 3], { manual: true })));
    const over = told(waiting, { type: 'tick' }, T0 + PROMOTE_WITHIN_MS);
    expect(over).toMatchObject({ status: 'completed', counts: { completed: 1, skipped: 2 } });
    expect(over.stopReason).toBe('stopped: nobody promoted it in time');
  });
});

describe('promote', () => {
  it('is refused when nothing waits for it', () => {
    const state = started(rollout([1, 3]));
    expect(decide(state, { type: 'promote' }, T0)).toMatchObject({ type: 'rejected' });
    expect(decide(endWave(state), { type: 'promote' }, T0)).toMatchObject({ type: 'rejected' });
  });
});

describe('a last wave without targets', () => {
  it('still waits for the word of a person, and ends with it', () => {
    const waiting = endWave(started(rollout([2, 2], { manual: true })));
    expect(waiting).toMatchObject({ status: 'in_progress', gate: { kind: 'promotion' } });
    expect(told(waiting, { type: 'promote' }).status).toBe('completed');
  });

  it('that is canceled instead is canceled', () => {
    const waiting = endWave(started(rollout([2, 2], { manual: true })));
    expect(told(waiting, { type: 'cancel' })).toMatchObject({ status: 'canceled', stopReason: 'canceled' });
  });
});

describe('a first wave without targets', () => {
  it('is over at once', () => {
    expect(inFlight(started(rollout([0, 2])).counts)).toBe(2);
    expect(started(rollout([0, 2], { manual: true })).gate?.kind).toBe('promotion');
  });
});

describe('pause', () => {
  it('holds back what has not gone, lets the rest end, and resume goes on', () => {
    const paused = told(started(rollout([3], { maxConcurrency: 1 })), { type: 'pause' });
    expect(paused.status).toBe('paused');
    const quiet = end(paused, 'completed');
    expect([inFlight(quiet.counts), quiet.counts.pending]).toEqual([0, 2]);
    expect(nextToGo(quiet)).toBe('deployment is paused');
    expect(inFlight(told(quiet, { type: 'resume' }).counts)).toBe(1);
  });

  it('stops the clock of no wave: what is over when it resumes goes at once', () => {
    const waiting = endWave(started(rollout([1, 2], { pauseMs: 1000 })));
    const paused = told(waiting, { type: 'pause' });
    expect(nextWake(paused)).toBeNull();
    expect(inFlight(told(paused, { type: 'tick' }, T0 + 5000).counts)).toBe(0);
    expect(inFlight(told(paused, { type: 'resume' }, T0 + 5000).counts)).toBe(1);
  });

  it('gives a promotion its whole time again', () => {
    const waiting = endWave(started(rollout([1, 2], { manual: true })));
    const later = T0 + 2 * PROMOTE_WITHIN_MS;
    const resumed = told(told(waiting, { type: 'pause' }), { type: 'resume' }, later);
    expect(resumed).toMatchObject({ status: 'in_progress', gate: { until: later + PROMOTE_WITHIN_MS } });
  });

  it('is refused when there is nothing left to hold back, and resume when it is not paused', () => {
    const state = started(rollout([1]));
    expect(decide(state, { type: 'pause' }, T0).type).toBe('rejected');
    expect(decide(state, { type: 'resume' }, T0).type).toBe('rejected');
  });

  it('does not keep a cancel from ending it', () => {
    const paused = told(started(rollout([2], { maxConcurrency: 1 })), { type: 'pause' });
    const canceled = told(paused, { type: 'cancel' });
    expect(canceled.counts).toMatchObject({ canceled: 1, pending: 0 });
    expect(end(canceled, 'canceled').status).toBe('canceled');
  });
});

describe('a rollback is due', () => {
  const cases: [string, Rollout, TargetStatus[], boolean][] = [
    ['when the budget is passed', rollout([2], { maxFailures: 0 }), ['failed'], true],
    ['when anything failed and there is no budget', rollout([2]), ['completed', 'failed'], true],
    ['not when failures are within the budget', rollout([2], { maxFailures: 1 }), ['completed', 'failed'], false],
    ['not when all completed', rollout([2]), ['completed', 'completed'], false],
  ];
  for (const [name, plan, ends, due] of cases)
    it(name, () => {
      const last = ends.reduce((state, status) => end(state, status), started(plan, true));
      expect([isFinalDeployment(last.status), last.rollbackDue]).toEqual([true, due]);
    });

  it('never when it was not asked for, nor when a person canceled', () => {
    expect(end(started(rollout([1])), 'failed').rollbackDue).toBe(false);
    const canceled = told(started(rollout([1]), true), { type: 'cancel' });
    expect(end(canceled, 'failed').rollbackDue).toBe(false);
  });
});

/** Any strategy, any outcomes, reports in any order, people who pause, resume and promote in between. */
const runs = fc.record({
  sizes: fc
    .array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 6 })
    .filter((sizes) => sizes.some((size) => size > 0)),
  pauseMs: fc.constantFrom(0, 1000),
  manual: fc.boolean(),
  maxConcurrency: fc.option(fc.integer({ min: 1, max: 5 })),
  maxFailures: fc.option(fc.integer({ min: 0, max: 4 })),
  steps: fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
});

type Run = {
  sizes: number[];
  pauseMs: number;
  manual: boolean;
  maxConcurrency: number | null;
  maxFailures: number | null;
  steps: Iterator<number>;
};

const step = (state: DeploymentState, choice: number, now: number): DeploymentState => {
  const commands: DeploymentCommand[] = [{ type: 'tick' }];
  if (inFlight(state.counts) > 0) {
    const status = choice % 3 === 0 ? 'failed' : 'completed';
    if (choice < 80) return end(state, status, now);
  }
  commands.push(choice % 2 === 0 ? { type: 'resume' } : { type: 'promote' }, { type: 'pause' });
  const command = commands[choice % commands.length] ?? { type: 'tick' };
  const decision = decide(state, command, now);
  return decision.type === 'rejected' ? state : decision.state;
};

const play = (run: Run, check: (before: DeploymentState, after: DeploymentState) => void): DeploymentState => {
  let sum = 0;
  const ends = run.sizes.map((size) => {
    sum += size;
    return sum;
  });
  let now = T0;
  let state = started(rollout(ends, run));
  for (let index = 0; index < 3000 && !isFinalDeployment(state.status); index++) {
    now += 700;
    const after = step(state, run.steps.next().value, now);
    check(state, after);
    state = after;
  }
  return state;
};

describe('whatever happens', () => {
  it('a target goes only with its wave, within concurrency and budget, and all are always accounted for', () => {
    fc.assert(
      fc.property(runs, (run) => {
        play(run, (before, after) => {
          expect(total(after.counts)).toBe(run.sizes.reduce((sum, size) => sum + size, 0));
          if (after.stopReason === null) expect(gone(after)).toBeLessThanOrEqual(waveEnd(after));
          expect(after.wave).toBeGreaterThanOrEqual(before.wave);
          if (run.maxConcurrency !== null) expect(inFlight(after.counts)).toBeLessThanOrEqual(run.maxConcurrency);
          if (run.maxFailures !== null)
            expect(after.counts.failed + inFlight(after.counts)).toBeLessThanOrEqual(run.maxFailures + 1);
        });
      }),
    );
  });

  it('a wave begins only when nothing of the ones before is in flight', () => {
    fc.assert(
      fc.property(runs, (run) => {
        play(run, (before, after) => {
          if (after.wave > before.wave && after.stopReason === null)
            expect(inFlight(after.counts)).toBeLessThanOrEqual(
              waveEnd(after) - waveEnd({ ...after, wave: before.wave }),
            );
        });
      }),
    );
  });

  it('it comes to an end', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const last = play(run, () => {});
        expect(isFinalDeployment(last.status)).toBe(true);
        expect([last.counts.pending, inFlight(last.counts), last.gate]).toEqual([0, 0, null]);
      }),
    );
  });
});

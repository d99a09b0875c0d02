import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeploymentStatus, isFinalDeployment, type TargetStatus } from '#protocol/states.ts';
import { admissible, type DeploymentDecision, decide, successRate } from './decide.ts';
import { type DeploymentState, inFlight, noCounts, type TargetCounts, total } from './deployment-state.ts';
import type { Rollout } from './rollout.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

const oneWave = (targets: number, overrides: Partial<Rollout> = {}): Rollout => ({
  ends: [targets],
  pauseMs: 0,
  manual: false,
  maxConcurrency: null,
  maxFailures: null,
  ...overrides,
});

const deployment = (counts: Partial<TargetCounts>, overrides: Partial<DeploymentState> = {}): DeploymentState => ({
  status: 'in_progress',
  counts: { ...noCounts, ...counts },
  rollout: oneWave(total({ ...noCounts, ...counts })),
  wave: 0,
  gate: null,
  cancelRequested: false,
  stopReason: null,
  rollbackOnFailure: false,
  rollbackDue: false,
  startedAt: now,
  endedAt: null,
  ...overrides,
});

const accepted = (decision: DeploymentDecision): Extract<DeploymentDecision, { type: 'accepted' }> => {
  if (decision.type === 'rejected') throw new Error(decision.reason);
  return decision;
};

const report = (from: TargetStatus, to: TargetStatus, version = 2, known = 1, id = 'a') => ({
  id,
  target: { status: from, reportVersion: known },
  status: to,
  version,
});

describe('each status takes', () => {
  for (const status of DeploymentStatus.options) {
    it(`start when ${status}: ${status === 'pending' ? 'accepted' : 'rejected'}`, () => {
      expect(decide(deployment({ pending: 1 }, { status }), { type: 'start' }, now).type).toBe(
        status === 'pending' ? 'accepted' : 'rejected',
      );
    });
    it(`cancel when ${status}: ${isFinalDeployment(status) ? 'rejected' : 'accepted'}`, () => {
      expect(decide(deployment({ running: 1 }, { status }), { type: 'cancel' }, now).type).toBe(
        isFinalDeployment(status) ? 'rejected' : 'accepted',
      );
    });
  }
});

describe('the end', () => {
  const cases: [string, Partial<TargetCounts>, TargetStatus, DeploymentStatus][] = [
    ['nothing failed', { running: 1, completed: 2 }, 'completed', 'completed'],
    ['nothing succeeded', { running: 1, failed: 2 }, 'failed', 'failed'],
    ['some of each', { running: 1, completed: 2 }, 'failed', 'partial'],
    ['skipped ones beside success', { running: 1, skipped: 2 }, 'completed', 'completed'],
    ['a canceled one', { running: 1, completed: 2 }, 'canceled', 'canceled'],
  ];
  for (const [name, counts, last, status] of cases)
    it(`with ${name} is ${status}`, () => {
      const { state } = accepted(
        decide(deployment(counts), { type: 'report', reports: [report('running', last)] }, now),
      );
      expect(state).toMatchObject({ status, endedAt: now });
    });

  it('comes with the last result and not before', () => {
    const { state } = accepted(
      decide(deployment({ running: 2 }), { type: 'report', reports: [report('running', 'completed')] }, now),
    );
    expect(state).toMatchObject({ status: 'in_progress', endedAt: null });
  });
});

describe('a report', () => {
  it('that is late, doubled, or of a target that has ended changes nothing', () => {
    const running = deployment({ running: 1, canceled: 1 });
    expect(decide(running, { type: 'report', reports: [report('running', 'verifying', 1, 1)] }, now).type).toBe(
      'rejected',
    );
    expect(decide(running, { type: 'report', reports: [report('canceled', 'completed', 9, 1)] }, now).type).toBe(
      'rejected',
    );
  });

  it('beside others is taken by itself', () => {
    const decision = accepted(
      decide(
        deployment({ running: 1, canceled: 1 }),
        { type: 'report', reports: [report('canceled', 'completed', 9), report('running', 'completed', 2, 1, 'b')] },
        now,
      ),
    );
    expect(decision.taken).toEqual([1]);
  });
});

describe('an end that a host tells after it lost steps in a crash', () => {
  it('counts, although its version is behind what was told before', () => {
    const decision = accepted(
      decide(deployment({ running: 1 }), { type: 'report', reports: [report('running', 'failed', 2, 7)] }, now),
    );
    expect(decision.state).toMatchObject({ status: 'failed' });
  });
});

describe('several reports of one target that come together', () => {
  it('count as if they had come one after the other', () => {
    const reports = [report('queued', 'running', 2), report('queued', 'completed', 3), report('queued', 'running', 2)];
    const decision = accepted(decide(deployment({ queued: 1 }), { type: 'report', reports }, now));
    expect(decision.taken).toEqual([0, 1]);
    expect(decision.state).toMatchObject({ status: 'completed', counts: { queued: 0, running: 0, completed: 1 } });
  });
});

describe('cancel', () => {
  it('ends what is pending at once and asks the hosts for the rest', () => {
    const decision = accepted(decide(deployment({ pending: 3, running: 1 }), { type: 'cancel' }, now));
    expect(decision).toMatchObject({
      endPending: { status: 'canceled' },
      cancelInFlight: true,
      admit: 0,
      state: { status: 'in_progress', counts: { pending: 0, canceled: 3 } },
    });
  });

  it('of a deployment with nothing in flight ends it', () => {
    expect(accepted(decide(deployment({ pending: 3 }), { type: 'cancel' }, now)).state.status).toBe('canceled');
  });
});

describe('success rate', () => {
  it('counts completed and failed ones alone', () => {
    expect(successRate(noCounts)).toBeNull();
    expect(successRate({ ...noCounts, completed: 1, failed: 2, skipped: 5, canceled: 5 })).toBe(33.3);
  });
});

/** Plays a deployment to its end: targets in flight end one by one, in a random order, with a random outcome. */
const bounded = fc.record({
  targets: fc.integer({ min: 1, max: 40 }),
  maxConcurrency: fc.option(fc.integer({ min: 1, max: 10 })),
  maxFailures: fc.option(fc.integer({ min: 0, max: 10 })),
  outcomes: fc.infiniteStream(fc.boolean()),
});

const playToTheEnd = (
  {
    targets,
    maxConcurrency,
    maxFailures,
    outcomes,
  }: { targets: number; maxConcurrency: number | null; maxFailures: number | null; outcomes: Iterator<boolean> },
  check: (state: DeploymentState) => void,
): DeploymentState => {
  let { state } = accepted(
    decide(
      deployment(
        { pending: targets },
        { status: 'pending', rollout: oneWave(targets, { maxConcurrency, maxFailures }) },
      ),
      { type: 'start' },
      now,
    ),
  );
  check(state);
  while (inFlight(state.counts) > 0) {
    const status = outcomes.next().value === true ? 'completed' : 'failed';
    ({ state } = accepted(decide(state, { type: 'report', reports: [report('queued', status)] }, now)));
    check(state);
  }
  return state;
};

describe('at any concurrency and with any outcomes', () => {
  it('no more are in flight than allowed, and all targets are always accounted for', () => {
    fc.assert(
      fc.property(bounded, (run) => {
        playToTheEnd(run, (state) => {
          expect(inFlight(state.counts)).toBeLessThanOrEqual(run.maxConcurrency ?? run.targets);
          expect(total(state.counts)).toBe(run.targets);
        });
      }),
    );
  });

  it('the error budget is passed by one failure at most, however many are in flight', () => {
    fc.assert(
      fc.property(bounded, (run) => {
        playToTheEnd(run, (state) => {
          if (run.maxFailures !== null)
            expect(state.counts.failed + inFlight(state.counts)).toBeLessThanOrEqual(run.maxFailures + 1);
        });
      }),
    );
  });

  it('it ends, with nothing pending', () => {
    fc.assert(
      fc.property(bounded, (run) => {
        const end = playToTheEnd(run, () => {});
        expect(isFinalDeployment(end.status)).toBe(true);
        expect(end.counts.pending).toBe(0);
        expect(admissible(end)).toBe(0);
      }),
    );
  });
});

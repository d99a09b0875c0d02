import { describe, expect, it } from 'vitest';
import { planFaults } from './fault-plan.ts';
import { laneOf } from './faults.ts';
import { planLoad } from './load-plan.ts';

const options = { seed: 'one', forMs: 60_000, agents: 5, smallDisks: [0, 1] };

describe('the plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults(options)).toEqual(planFaults(options));
    expect(planFaults({ ...options, seed: 'two' })).not.toEqual(planFaults(options));
  });

  it('heals each fault before the next of its lane, and ends in time', () => {
    for (const faults of Map.groupBy(planFaults(options), laneOf).values()) {
      for (const [index, fault] of faults.entries()) {
        const next = faults[index + 1];
        expect(fault.atMs).toBeLessThan(options.forMs);
        if (next !== undefined) expect(next.atMs).toBeGreaterThanOrEqual(fault.atMs + fault.lastsMs);
      }
    }
  });

  it('has more than a hundred in a minute, of every kind', () => {
    const kinds = planFaults(options).map(({ fault }) => fault.type);
    expect(kinds.length).toBeGreaterThan(100);
    expect(new Set(kinds).size).toBe(12);
  });

  it('fills no disk that is not a small one', () => {
    const full = planFaults({ ...options, smallDisks: [1] }).filter(({ fault }) => fault.type === 'full_disk');
    expect(new Set(full.map(({ agent }) => agent))).toEqual(new Set([1]));
  });
});

describe('the plan of deployments', () => {
  const load = { seed: 'one', forMs: 60_000, devices: 10, everyMs: 400 };

  it('is the same for the same seed, and another for another', () => {
    expect(planLoad(load)).toEqual(planLoad(load));
    expect(planLoad({ ...load, seed: 'two' })).not.toEqual(planLoad(load));
  });

  it('names each deployment once, and devices once in each', () => {
    const plan = planLoad(load);
    expect(new Set(plan.map(({ name }) => name)).size).toBe(plan.length);
    for (const { devices } of plan) expect(new Set(devices).size).toBe(devices.length);
  });

  it('has work of every kind', () => {
    expect(new Set(planLoad(load).map(({ work }) => work.type)).size).toBe(6);
  });
});

import { describe, expect, it } from 'vitest';
import { planFaults } from './fault-plan.ts';
import { laneOf } from './faults.ts';
import { planLoad } from './load-plan.ts';
import { planSchedules } from './schedule-plan.ts';

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

describe('the plan of schedules', () => {
  const schedules = { seed: 'one', forMs: 60_000, boxes: 5, devices: 15 };

  it('is the same for the same seed, and another for another', () => {
    expect(planSchedules(schedules)).toEqual(planSchedules(schedules));
    expect(planSchedules({ ...schedules, seed: 'two' })).not.toEqual(planSchedules(schedules));
  });

  it('says every word, in the order of their times, and resumes what it pauses', () => {
    const plan = planSchedules(schedules);
    const words = plan.flatMap((one) => one.words);
    expect(new Set(words.map(({ type }) => type)).size).toBe(4);
    for (const { words: own } of plan) {
      expect(own.map(({ atMs }) => atMs)).toEqual(own.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
      for (const [index, { type }] of own.entries()) if (type === 'pause') expect(own[index + 1]?.type).toBe('resume');
    }
  });

  it('names each schedule once, and leaves one idle', () => {
    const plan = planSchedules(schedules);
    expect(new Set(plan.map(({ name }) => name)).size).toBe(plan.length);
    expect(plan.filter(({ words }) => words.length === 0)).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import type { DeploymentPlan } from '#protocol/http/deployments.ts';
import { planFacts } from './plan-text.ts';

const plan = (change: Partial<DeploymentPlan> = {}): DeploymentPlan => ({
  plan_hash: 'x',
  name: 'x',
  total_targets: 1,
  items: ['nginx', 'jq'],
  waves: [],
  offline: [],
  locked: [],
  missing_capabilities: [],
  disk_needed_bytes: 0,
  estimated_seconds: null,
  undo: { possible: true, text: 'to the version before' },
  blue_green: null,
  warnings: [],
  ...change,
});
const fact = (name: string, change: Partial<DeploymentPlan> = {}) =>
  planFacts(plan(change)).find(([other]) => other === name)?.[1];

describe('a plan in words', () => {
  it('says what it knows and what it cannot know yet', () => {
    expect(fact('On each device')).toBe('nginx, jq');
    expect(fact('Takes about')).toBe('not known, it never ran before');
    expect(fact('Takes about', { estimated_seconds: 75 })).toBe('1 min 15 s');
    expect(fact('Disk space')).toBe('none');
    expect(fact('Disk space', { disk_needed_bytes: null })).toBe('known after the download');
    expect(fact('Disk space', { disk_needed_bytes: 2_000_000 })).toBe('2.0 MB on each device');
  });
  it('names the sides only where there are some', () => expect(fact('Blue and green')).toBeUndefined());
});

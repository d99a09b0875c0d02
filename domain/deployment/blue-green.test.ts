import { describe, expect, it } from 'vitest';
import { BlueGreenStrategy } from '#protocol/strategy.ts';
import { hasSwitched, switchBack, switchItem } from './blue-green.ts';
import { type DeploymentState, noCounts, pendingDeployment, type TargetCounts } from './deployment-state.ts';

const strategyOf = (command: string | null) =>
  BlueGreenStrategy.parse({
    type: 'blue_green',
    blue_group_id: 'grp_00000000000000000000000000',
    green_group_id: 'grp_00000000000000000000000001',
    switch: command === null ? null : { command },
  });

const ended = (overrides: Partial<DeploymentState>, maxFailures: number | null = 0): DeploymentState => ({
  ...pendingDeployment({ ends: [1, 3], pauseMs: 0, manual: false, maxConcurrency: null, maxFailures }, false),
  status: 'completed',
  ...overrides,
});

const switches = (counts: Partial<TargetCounts>): TargetCounts => ({ ...noCounts, ...counts });

describe('a side that was switched by a command', () => {
  const strategy = strategyOf('switch');
  const cases: [string, DeploymentState, TargetCounts, boolean][] = [
    ['serves when all hosts ran it', ended({}), switches({ completed: 2 }), true],
    [
      'serves when failures before it were allowed for',
      ended({ status: 'partial' }, 1),
      switches({ completed: 2 }),
      true,
    ],
    [
      'serves although what follows in a rollback failed',
      ended({ status: 'partial' }),
      switches({ completed: 2 }),
      true,
    ],
    [
      'does not serve when one host too many failed',
      ended({ status: 'partial' }),
      switches({ completed: 1, failed: 1 }),
      false,
    ],
    [
      'does not serve when it was stopped on the way',
      ended({ status: 'partial' }, 1),
      switches({ completed: 1, skipped: 1 }),
      false,
    ],
    ['does not serve when it was never run', ended({}), switches({}), false],
    [
      'does not serve when it was canceled',
      ended({ status: 'canceled' }),
      switches({ completed: 1, canceled: 1 }),
      false,
    ],
    ['does not serve while it goes on', ended({ status: 'in_progress' }), switches({ completed: 2 }), false],
  ];
  for (const [name, state, counts, expected] of cases)
    it(name, () => {
      expect(hasSwitched(strategy, state, counts, false)).toBe(expected);
    });
});

describe('a side that is switched by word alone', () => {
  const strategy = strategyOf(null);
  const none = switches({});

  it('serves when the deployment was not stopped, also with failures that were allowed for', () => {
    expect(hasSwitched(strategy, ended({ status: 'partial' }, 1), none, false)).toBe(true);
    expect(hasSwitched(strategy, ended({ stopReason: 'nobody promoted it' }), none, false)).toBe(false);
    expect(hasSwitched(strategy, ended({ status: 'failed' }, null), none, false)).toBe(false);
  });

  it('is given back by a rollback, whatever of it fails', () => {
    expect(hasSwitched(strategy, ended({ status: 'failed', stopReason: 'stopped' }), none, true)).toBe(true);
  });
});

it('a switch is put back by the same command with the other side active', () => {
  const strategy = strategyOf('switch');
  const item = switchItem(strategy, 'blue', 'green');
  expect(item && switchBack(strategy, item)).toEqual(switchItem(strategy, 'blue', 'blue'));
});

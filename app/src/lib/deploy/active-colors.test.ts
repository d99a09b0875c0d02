import { describe, expect, it } from 'vitest';
import { ActiveColor } from '#protocol/http/deployments.ts';
import { activeColor, colorsOfGroup } from './active-colors.ts';
import { id } from './test-ids.ts';

const [blue, green, other] = [id('grp', 1), id('grp', 2), id('grp', 3)];
const pairs = [
  ActiveColor.parse({
    blue_group_id: blue,
    green_group_id: green,
    active: 'green',
    deployment_id: id('dep'),
    switched_at: '2026-01-01T00:00:00.000Z',
  }),
];

describe('active color', () => {
  it('is what the last switch of the pair recorded', () => expect(activeColor(pairs, blue, green)).toBe('green'));
  it('is blue before the first switch, and a pair the other way round is another pair', () => {
    expect(activeColor([], blue, green)).toBe('blue');
    expect(activeColor(pairs, green, blue)).toBe('blue');
  });
  it('is told of each group that is a side, and of no other', () => {
    expect(colorsOfGroup(pairs, blue)).toMatchObject([{ color: 'blue', isActive: false }]);
    expect(colorsOfGroup(pairs, green)).toMatchObject([{ color: 'green', isActive: true }]);
    expect(colorsOfGroup(pairs, other)).toEqual([]);
  });
});

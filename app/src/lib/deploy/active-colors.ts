/** Which side of blue and green serves, as recorded by the last switch of each pair. */
import type { ActiveColor } from '#protocol/http/deployments.ts';
import type { Color } from '#protocol/strategy.ts';

export const otherColor = (color: Color): Color => (color === 'blue' ? 'green' : 'blue');

const isPair = (pair: ActiveColor, blue: string, green: string): boolean =>
  pair.blue_group_id === blue && pair.green_group_id === green;

/** Before the first switch blue serves. */
export const activeColor = (pairs: readonly ActiveColor[], blue: string, green: string): Color =>
  pairs.find((pair) => isPair(pair, blue, green))?.active ?? 'blue';

export interface GroupColor {
  color: Color;
  isActive: boolean;
  pair: ActiveColor;
}

/** The sides that a group is; nearly always none or one. */
export const colorsOfGroup = (pairs: readonly ActiveColor[], groupId: string): GroupColor[] =>
  pairs.flatMap((pair) => {
    if (pair.blue_group_id !== groupId && pair.green_group_id !== groupId) return [];
    const color = pair.blue_group_id === groupId ? 'blue' : 'green';
    return [{ color, isActive: pair.active === color, pair }];
  });

/** Blue and green: which side is changed, and what makes it the one that serves. Pure. */
import type { Color, Strategy } from '#protocol/strategy.ts';
import { type ResolvedItem, shorten } from './items.ts';

export type BlueGreen = Extract<Strategy, { type: 'blue_green' }>;

export const otherColor = (color: Color): Color => (color === 'blue' ? 'green' : 'blue');

/** Until a switch was recorded, blue serves and green is the idle side. */
export const FIRST_ACTIVE: Color = 'blue';

export const groupOf = (strategy: BlueGreen, color: Color): BlueGreen['blue_group_id'] =>
  color === 'blue' ? strategy.blue_group_id : strategy.green_group_id;

/** What the hosts of one side run when `active` becomes the side that serves; null when nothing is to be run. */
export const switchItem = (strategy: BlueGreen, side: Color, active: Color): ResolvedItem | null => {
  if (strategy.switch === null) return null;
  const { command, shell } = strategy.switch;
  return {
    label: `switch ${side} to ${side === active ? 'active' : 'idle'}: ${shorten(command)}`,
    action: {
      kind: 'command',
      command,
      shell,
      working_directory: null,
      env: { DEPLOYX_COLOR: side, DEPLOYX_ACTIVE_COLOR: active },
      secret_env: [],
    },
    health_check: null,
    side,
  };
};

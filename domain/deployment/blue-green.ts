/** Blue and green: which side is changed, and what makes it the one that serves. Pure. */
import { isFinalDeployment } from '#protocol/states.ts';
import { Color, type Strategy } from '#protocol/strategy.ts';
import type { DeploymentState, TargetCounts } from './deployment-state.ts';
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

/** What puts a side back to what it was before it ran this switch. */
export const switchBack = (strategy: BlueGreen, { side, action }: ResolvedItem): ResolvedItem | null => {
  if (side === null || action.kind !== 'command') return null;
  const active = Color.safeParse(action.env.DEPLOYX_ACTIVE_COLOR);
  return active.success ? switchItem(strategy, side, otherColor(active.data)) : null;
};

/**
 * Whether the other side serves once a deployment has ended, well or not: where a command switches, when it has on all hosts but as
 * many as may fail; where none does, by the word of the deployment, which a rollback gives at its beginning.
 */
export const hasSwitched = (
  strategy: Strategy,
  state: DeploymentState,
  switches: TargetCounts,
  isRollback: boolean,
): boolean => {
  if (strategy.type !== 'blue_green' || !isFinalDeployment(state.status) || state.status === 'canceled') return false;
  if (strategy.switch === null) return isRollback || (state.stopReason === null && state.status !== 'failed');
  const mayFail = state.rollout.maxFailures ?? switches.failed;
  return switches.completed > 0 && switches.skipped === 0 && switches.failed <= mayFail;
};

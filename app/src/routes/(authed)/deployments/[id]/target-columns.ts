/** The target table's columns: one item a device needs no column for items. On a phone a row takes two lines instead. */
import type { ActionKind } from '#protocol/spec.ts';
import type { StrategyType } from '#protocol/strategy.ts';

const phone = 'max-md:grid-cols-[minmax(0,1fr)_auto]';

export const targetColumns = {
  command: `grid gap-x-3 ${phone} md:grid-cols-[minmax(0,3fr)_8.5rem_minmax(0,6fr)_3rem_5.5rem_5.25rem]`,
  items: `grid gap-x-3 ${phone} md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)_8.5rem_minmax(0,5fr)_3rem_5.5rem_5.25rem]`,
} as const;

/** Where a device can have several targets; blue and green have the switch beside the action. */
export const hasItems = (kind: ActionKind, strategy: StrategyType): boolean =>
  kind === 'software' || kind === 'files' || strategy === 'blue_green';

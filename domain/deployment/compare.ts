/** What differs between two deployments: their specs field by field, their targets one by one. Pure. */
import type { Comparison, Target } from '#protocol/http/deployments.ts';
import type { Spec } from '#protocol/spec.ts';
import type { TargetStatus } from '#protocol/states.ts';

type SpecDifference = Comparison['spec'][number];
type TargetDifference = Comparison['targets'][number];
type Side = NonNullable<TargetDifference['before']>;

/** Every leaf of a value with its path; lists of plain values are one leaf. */
const leaves = (value: unknown, path: string): [string, string][] => {
  if (value === null || typeof value !== 'object') return value === undefined ? [] : [[path, textOf(value)]];
  if (Array.isArray(value) && value.every((one) => one === null || typeof one !== 'object'))
    return [[path, value.map(textOf).join(', ')]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export const compareSpecs = (before: Spec, after: Spec): SpecDifference[] => {
  const old = new Map(leaves(before, ''));
  const fresh = new Map(leaves(after, ''));
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((path) => old.get(path) !== fresh.get(path))
    .sort()
    .map((path) => ({ path, before: old.get(path) ?? null, after: fresh.get(path) ?? null }));
};

const seconds = ({ started_at, completed_at }: Target): number | null =>
  started_at === null || completed_at === null ? null : (Date.parse(completed_at) - Date.parse(started_at)) / 1000;

const sideOf = (target: Target): Side => ({
  id: target.id,
  status: target.status,
  exit_code: target.exit_code,
  seconds: seconds(target),
  message: target.result_message,
});

const changeBetween = (before: TargetStatus, after: TargetStatus, sameResult: boolean): TargetDifference['change'] => {
  if (before !== after && after === 'completed') return 'fixed';
  if (before === 'completed' && before !== after) return 'broken';
  return before === after && sameResult ? 'same' : 'changed';
};

const pairUp = (before: Target | undefined, after: Target | undefined): TargetDifference[] => {
  const either = after ?? before;
  if (either === undefined) return [];
  const { device_id, device_name, item } = either;
  const common = {
    device_id,
    device_name,
    item,
    before: before === undefined ? null : sideOf(before),
    after: after === undefined ? null : sideOf(after),
  };
  if (before === undefined) return [{ ...common, change: 'added' }];
  if (after === undefined) return [{ ...common, change: 'removed' }];
  const sameResult = before.exit_code === after.exit_code && before.result_message === after.result_message;
  return [{ ...common, change: changeBetween(before.status, after.status, sameResult) }];
};

const keyOf = ({ device_id, item }: Target): string => `${device_id} ${item}`;

/** Targets are the same when device and item are. */
export const compareTargets = (before: readonly Target[], after: readonly Target[]): TargetDifference[] => {
  const old = new Map(before.map((target) => [keyOf(target), target]));
  const fresh = new Map(after.map((target) => [keyOf(target), target]));
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) => pairUp(old.get(key), fresh.get(key)));
};

/**
 * A plan: what a spec would do now, and what a person should know before it does. What was confirmed is its `PlanContent`, which leaves
 * out what comes and goes by itself (who is online, what is locked). Pure.
 */
import { z } from 'zod';
import type { Capabilities } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import type { PlanDifference } from '#protocol/http/deployments.ts';
import { DeviceId } from '#protocol/ids.ts';
import type { Spec } from '#protocol/spec.ts';
import type { ResolvedItem } from './items.ts';
import type { Rollout } from './rollout.ts';
import { describeUndo, undoItem } from './undo.ts';

/** Ten thousand devices fit into one value of the database. */
const NAME_CHARACTERS = 60;

export const PlannedDevice = z.object({ id: DeviceId, name: z.string(), wave: z.number() });
export type PlannedDevice = z.infer<typeof PlannedDevice>;

export const PlanContent = z.object({
  /** Each item as it would be carried out, in JSON without secret values. */
  items: z.array(z.object({ label: z.string(), work: z.string() })),
  devices: z.array(PlannedDevice),
  waves: z.number(),
  /** The options of the spec that say how, in JSON. */
  options: z.string(),
});
export type PlanContent = z.infer<typeof PlanContent>;

const withoutSecrets = ({ label, action, health_check }: ResolvedItem): PlanContent['items'][number] => {
  if (action.kind !== 'command' && action.kind !== 'script')
    return { label, work: JSON.stringify({ action, health_check }) };
  const secret = new Set(action.secret_env);
  const env = Object.fromEntries(
    Object.entries(action.env).map(([name, value]) => [name, secret.has(name) ? '' : value]),
  );
  return { label, work: JSON.stringify({ action: { ...action, env }, health_check }) };
};

const optionsOf = (spec: Spec): string => {
  const { name: _name, action, device_ids: _devices, group_ids: _groups, ...options } = spec;
  return JSON.stringify({ ...options, undo: 'undo' in action ? action.undo : null });
};

export const planContent = (
  spec: Spec,
  items: readonly ResolvedItem[],
  devices: readonly PlannedDevice[],
  waves: number,
): PlanContent => ({
  items: items.map(withoutSecrets),
  devices: devices.map((device) => ({ ...device, name: device.name.slice(0, NAME_CHARACTERS) })),
  waves,
  options: optionsOf(spec),
});

const listed = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');

const difference = (path: string, what: string, names: readonly string[]): PlanDifference[] =>
  names.length === 0 ? [] : [{ path, message: `${what}: ${listed(names)}` }];

/** What is different now, in words; empty when nothing is. */
export const planDifferences = (before: PlanContent, now: PlanContent): PlanDifference[] => {
  const oldItems = new Map(before.items.map((item) => [item.label, item.work]));
  const newItems = new Map(now.items.map((item) => [item.label, item.work]));
  const old = new Map(before.devices.map((device) => [device.id, device]));
  const fresh = new Map(now.devices.map((device) => [device.id, device]));
  const moved = now.devices.filter(({ id, wave }) => (old.get(id)?.wave ?? wave) !== wave);
  const names = (devices: readonly PlannedDevice[]) => devices.map(({ name }) => name);
  return [
    ...difference(
      'items',
      'added',
      [...newItems.keys()].filter((label) => !oldItems.has(label)),
    ),
    ...difference(
      'items',
      'gone',
      [...oldItems.keys()].filter((label) => !newItems.has(label)),
    ),
    ...difference(
      'items',
      'changed',
      [...newItems].filter(([label, work]) => (oldItems.get(label) ?? work) !== work).map(([label]) => label),
    ),
    ...difference('devices', 'added', names(now.devices.filter(({ id }) => !old.has(id)))),
    ...difference('devices', 'gone', names(before.devices.filter(({ id }) => !fresh.has(id)))),
    ...difference('waves', 'in another wave', names(moved)),
    ...(before.options === now.options ? [] : [{ path: 'options', message: 'the options of the spec are others' }]),
  ];
};

/** What a host must be able to do for an item, in words, where it cannot; null when it can or has not said. */
export const missingCapability = (item: ResolvedItem, can: Capabilities | null): string | null => {
  if (can === null) return null;
  const { action } = item;
  switch (action.kind) {
    case 'command':
      if (!can.actions.includes('command')) return 'does not run commands';
      return can.shells.includes(action.shell) ? null : `has no shell ${action.shell}`;
    case 'script':
      if (!can.actions.includes('script')) return 'does not run scripts';
      return can.interpreters.includes(action.interpreter) ? null : `has no ${action.interpreter}`;
    case 'software':
      if (!can.actions.includes('software')) return 'does not install software';
      return action.package_type === null || can.package_types.includes(action.package_type)
        ? null
        : `cannot install ${action.package_type} packages`;
    case 'files':
      return can.actions.includes('files') ? null : 'does not take files';
    case 'undo':
      return null;
    default:
      return assertNever(action);
  }
};

/** Bytes that one device downloads; null when a size is not known before. */
export const downloadBytes = (items: readonly ResolvedItem[]): number | null => {
  let bytes = 0;
  for (const { action } of items) {
    if (action.kind === 'files') bytes += action.file.size;
    if (action.kind === 'software' && action.source.type === 'file') bytes += action.source.file.size;
    if (action.kind === 'software' && action.source.type === 'url') return null;
  }
  return bytes;
};

/** How long it took one device on average, by item, in seconds. */
export type PastSeconds = ReadonlyMap<string, number>;

/** In seconds; null when some item was never carried out before. */
export const estimateSeconds = (rollout: Rollout, items: readonly ResolvedItem[], past: PastSeconds): number | null => {
  const each = items.filter(({ side }) => side === null).map(({ label }) => past.get(label));
  let perDevice = 0;
  for (const seconds of each) {
    if (seconds === undefined) return null;
    perDevice += seconds;
  }
  const byBudget = rollout.maxFailures === null ? Number.POSITIVE_INFINITY : rollout.maxFailures + 1;
  const slots = Math.min(rollout.maxConcurrency ?? Number.POSITIVE_INFINITY, byBudget);
  const perTarget = perDevice / Math.max(1, each.length);
  const work = rollout.ends.map((end, wave) => {
    const targets = end - (rollout.ends[wave - 1] ?? 0);
    const rounds = slots === Number.POSITIVE_INFINITY ? each.length : Math.max(each.length, Math.ceil(targets / slots));
    return targets === 0 ? 0 : rounds * perTarget;
  });
  const pauses = ((rollout.ends.length - 1) * rollout.pauseMs) / 1000;
  return Math.round((work.reduce((sum, one) => sum + one, 0) + pauses) * 10) / 10;
};

/** Whether all of it could be undone, as far as is known before it is done. */
export const undoOf = (spec: Spec, items: readonly ResolvedItem[]): { possible: boolean; text: string } => {
  const offers = items
    .filter(({ side }) => side === null)
    .map((item) => ({ item, offer: describeUndo(undoItem(spec.action, item), null) }));
  const not = offers.filter(({ offer }) => !offer.possible).map(({ item }) => item.label);
  if (not.length > 0) return { possible: false, text: `cannot be undone: ${listed(not)} (give an undo command)` };
  return { possible: true, text: listed([...new Set(offers.map(({ offer }) => offer.text))]) };
};

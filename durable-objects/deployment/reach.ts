/** Which devices a spec reaches now, and in which wave each goes. Reads D1, changes nothing. */
import { findActiveColor, findOpenSwitch } from '#database/active-colors.repository.ts';
import type { Database } from '#database/database.ts';
import { resolveTargets } from '#database/groups.repository.ts';
import { type BlueGreen, FIRST_ACTIVE, groupOf, otherColor, switchItem } from '#domain/deployment/blue-green.ts';
import type { ResolvedItem } from '#domain/deployment/items.ts';
import type { Activates } from '#protocol/http/deployments.ts';
import type { DeviceId, TeamId } from '#protocol/ids.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import { wavesOfDevices } from '#protocol/rollout.ts';
import type { Spec } from '#protocol/spec.ts';
import type { Color, Strategy } from '#protocol/strategy.ts';

type Device = Awaited<ReturnType<typeof resolveTargets>>['devices'][number];
/** `wave` counts from 0. */
export type WavedDevice = Device & { wave: number };

export type Reach = {
  ok: true;
  /** Where in the spec the devices are named. */
  path: string;
  /** These carry out the items of the action. */
  first: WavedDevice[];
  /** And then these one further item each, by its index in `extra`. */
  afterwards: { devices: WavedDevice[]; item: number }[];
  extra: ResolvedItem[];
  waves: number;
  activates: Activates | null;
};
type Reached = Reach | { ok: false; issues: FieldIssue[] };

/** Later, groups may be filled that are empty now, and what goes on between two has ended. */
type When = 'now' | 'later';

/** One issue for each id that is not known, at the place in the spec where it stands. */
export const unknownIssues = (
  field: string,
  given: readonly string[],
  unknown: readonly string[],
  what: string,
): FieldIssue[] => {
  const missing = new Set(unknown);
  return given.flatMap((id, index) =>
    missing.has(id) ? [{ path: `${field}.${index}`, message: `is not a known ${what}` }] : [],
  );
};

/** Devices that were named go in the order in which they were, so that one can say which are the canaries; then those of groups. */
const inOrder = (devices: readonly Device[], named: readonly DeviceId[]): Device[] => {
  const place = new Map(named.map((id, index) => [id, index]));
  return devices.toSorted(
    (left, right) => (place.get(left.id) ?? named.length) - (place.get(right.id) ?? named.length),
  );
};

export const reachDevices = async (
  db: Database,
  team: TeamId,
  spec: Spec,
  strategy: Exclude<Strategy, BlueGreen>,
  when: When,
): Promise<Reached> => {
  const targets = await resolveTargets(db, team, spec.device_ids, spec.group_ids);
  const issues = [
    ...unknownIssues('device_ids', spec.device_ids, targets.unknown_device_ids, 'device'),
    ...unknownIssues('group_ids', spec.group_ids, targets.unknown_group_ids, 'group'),
  ];
  const path = spec.device_ids.length > 0 ? 'device_ids' : 'group_ids';
  if (when === 'now' && issues.length === 0 && targets.devices.length === 0)
    issues.push({ path, message: 'no device comes out of this: the groups are empty' });
  if (issues.length > 0) return { ok: false, issues };
  const waves = wavesOfDevices(strategy, targets.devices.length);
  const first = inOrder(targets.devices, spec.device_ids).map((device, index) => ({
    ...device,
    wave: waves[index] ?? 0,
  }));
  return { ok: true, path, first, afterwards: [], extra: [], waves: (waves.at(-1) ?? 0) + 1, activates: null };
};

const sideIssues = (path: string, side: Awaited<ReturnType<typeof resolveTargets>>, when: When): FieldIssue[] => {
  if (side.unknown_group_ids.length > 0) return [{ path, message: 'is not a known group' }];
  return when === 'now' && side.devices.length === 0 ? [{ path, message: 'the group is empty' }] : [];
};

/** First the action on the side that is idle, then the switch on both. */
export const reachSides = async (db: Database, team: TeamId, strategy: BlueGreen, when: When): Promise<Reached> => {
  const { blue_group_id, green_group_id } = strategy;
  const [blue, green, color, open] = await Promise.all([
    resolveTargets(db, team, [], [blue_group_id]),
    resolveTargets(db, team, [], [green_group_id]),
    findActiveColor(db, team, blue_group_id, green_group_id),
    findOpenSwitch(db, team, blue_group_id, green_group_id),
  ]);
  const issues = [
    ...sideIssues('strategy.blue_group_id', blue, when),
    ...sideIssues('strategy.green_group_id', green, when),
    ...sharedIssues(blue.devices, green.devices),
    ...(open === null || when === 'later'
      ? []
      : [{ path: 'strategy', message: `${open} goes on between these two groups` }]),
  ];
  if (issues.length > 0) return { ok: false, issues };
  const devices: Record<Color, Device[]> = { blue: blue.devices, green: green.devices };
  const idle = otherColor(color?.active ?? FIRST_ACTIVE);
  const switches = (['blue', 'green'] as const).flatMap((side) => {
    const item = switchItem(strategy, side, idle);
    return item === null ? [] : [{ item, devices: devices[side].map((device) => ({ ...device, wave: 1 })) }];
  });
  return {
    ok: true,
    path: groupOf(strategy, idle) === blue_group_id ? 'strategy.blue_group_id' : 'strategy.green_group_id',
    first: devices[idle].map((device) => ({ ...device, wave: 0 })),
    afterwards: switches.map((one, item) => ({ devices: one.devices, item })),
    extra: switches.map((one) => one.item),
    waves: 2,
    activates: { blue_group_id, green_group_id, active: idle },
  };
};

const sharedIssues = (blue: readonly Device[], green: readonly Device[]): FieldIssue[] => {
  const known = new Set(blue.map(({ id }) => id));
  const shared = green.find(({ id }) => known.has(id));
  return shared === undefined
    ? []
    : [{ path: 'strategy.green_group_id', message: `${shared.name} is in both groups: each device has one side` }];
};

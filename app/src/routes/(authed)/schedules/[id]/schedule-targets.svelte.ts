/** The devices and groups that a schedule names, fetched one by one. */
import type { Device } from '#protocol/http/hosts.ts';
import type { Schedule } from '#protocol/http/schedules.ts';
import { api } from '$lib/api/api.ts';
import { ApiError } from '$lib/api/api-error.ts';
import { type DeviceChange, devicesWithChange } from '$lib/hosts/changes.ts';

export type ShownTarget =
  | { type: 'device'; id: string; device: Device }
  | { type: 'group'; id: string; name: string }
  | { type: 'unknown'; id: string; text: string };

/** Of more, the page says how many. */
const MAX_SHOWN = 24;

const unknown = (id: string, kind: 'device' | 'group', error: unknown): ShownTarget => ({
  type: 'unknown',
  id,
  text: error instanceof ApiError && error.status === 404 ? `a ${kind} that was deleted` : `a ${kind}, not known now`,
});

const deviceTarget = (id: string): Promise<ShownTarget> =>
  api.devices.get(id).then(
    (device) => ({ type: 'device', id, device }),
    (error: unknown) => unknown(id, 'device', error),
  );

const groupTarget = (id: string): Promise<ShownTarget> =>
  api.groups.get(id).then(
    ({ name }) => ({ type: 'group', id, name }),
    (error: unknown) => unknown(id, 'group', error),
  );

const groupsOf = ({ strategy, group_ids }: Pick<Schedule, 'strategy' | 'group_ids'>): string[] =>
  strategy.type === 'blue_green' ? [strategy.blue_group_id, strategy.green_group_id] : group_ids;

export class ScheduleTargets {
  #items = $state.raw<readonly ShownTarget[]>([]);
  #loading = $state(true);
  readonly #asks: (() => Promise<ShownTarget>)[];

  constructor(schedule: Pick<Schedule, 'strategy' | 'group_ids' | 'device_ids'>) {
    this.#asks = [
      ...groupsOf(schedule).map((id) => () => groupTarget(id)),
      ...schedule.device_ids.map((id) => () => deviceTarget(id)),
    ].slice(0, MAX_SHOWN);
  }

  get items(): readonly ShownTarget[] {
    return this.#items;
  }

  get loading(): boolean {
    return this.#loading;
  }

  async load(): Promise<void> {
    this.#items = await Promise.all(this.#asks.map((ask) => ask()));
    this.#loading = false;
  }

  changed(change: DeviceChange): void {
    this.#items = this.#items.map((target) => {
      if (target.type !== 'device' || target.id !== change.device_id) return target;
      const [device] = devicesWithChange([target.device], change);
      return device === undefined ? target : { ...target, device };
    });
  }
}

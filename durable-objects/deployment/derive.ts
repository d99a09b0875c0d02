/** What a retry or a rollback takes over from an earlier deployment: its record, and which waves its targets go in now. */
import { findActiveColor } from '#database/active-colors.repository.ts';
import type { Database } from '#database/database.ts';
import type { loadForStart } from '#database/deployment-starts.repository.ts';
import type { Activates, ActiveColor } from '#protocol/http/deployments.ts';
import type { DeviceId, TeamId } from '#protocol/ids.ts';
import { wavesOfDevices } from '#protocol/rollout.ts';
import type { Strategy } from '#protocol/strategy.ts';
import type { DraftTarget } from './draft.ts';

export type Recorded = NonNullable<Awaited<ReturnType<typeof loadForStart>>>;
export type RecordedTarget = Recorded['targets'][number];

/** Which side of the pair that a deployment switches serves now. */
export const colorOf = async (db: Database, team: TeamId, activates: Activates | null): Promise<ActiveColor | null> =>
  activates === null ? null : findActiveColor(db, team, activates.blue_group_id, activates.green_group_id);

type Waved = { targets: DraftTarget[]; waves: number };

/** Device after device in the order in which they went, each whole; blue and green keep their sides. */
export const waved = (strategy: Strategy, targets: readonly DraftTarget[], waves: number): Waved => {
  if (strategy.type === 'blue_green') return { targets: [...targets], waves };
  const byDevice = [...Map.groupBy(targets, (target): DeviceId => target.device_id).values()];
  const waveOfDevice = wavesOfDevices(strategy, byDevice.length);
  return {
    targets: byDevice.flatMap((group, device) =>
      group.map((target) => ({ ...target, wave: waveOfDevice[device] ?? 0 })),
    ),
    waves: (waveOfDevice.at(-1) ?? 0) + 1,
  };
};

/** A target of an earlier deployment, to be gone over once more. */
export const again = (target: RecordedTarget): DraftTarget => ({
  device_id: target.device_id,
  device_key: target.device_key,
  device_name: target.device_name,
  host_id: target.host_id,
  item_index: target.item_index,
  item: target.item,
  wave: target.wave,
  undoes: target.undoes,
});

import { findDevice } from '#database/devices.repository.ts';
import type { Device } from '#protocol/http/hosts.ts';
import type { DeviceId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import { notFound, type Refusal } from '../http/problem.ts';
import { viewDevices } from './host-view.ts';

/** One device as the API answers it. */
export const viewDevice = async (context: PersonContext, id: DeviceId): Promise<Device | Refusal> => {
  const row = await findDevice(context.db, context.team_id, id);
  const [device] = row === null ? [] : await viewDevices(context, [row]);
  return device ?? notFound('devices');
};

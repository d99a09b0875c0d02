/**
 * Who is online and what is locked, from the TeamObject. When it does not answer, hosts fall back on what it last wrote to D1,
 * and locks are unknown (`null`), never free.
 */
import type { TeamDescription } from '#durable-objects/team/team-rpc.ts';
import type { Device } from '#protocol/http/hosts.ts';
import type { DeviceId, HostId } from '#protocol/ids.ts';
import type { HostStatus } from '#protocol/states.ts';
import type { PersonContext } from '../context.ts';

/** A list must not hang on one object; people see the page with unknown locks instead. */
const TEAM_ANSWERS_WITHIN_MS = 2000;

/** The answer, or null when it fails or comes too late. */
export const askTeam = async <Answer>(
  context: PersonContext,
  ask: (team: ReturnType<PersonContext['dependencies']['team']>) => Promise<Answer>,
): Promise<Answer | null> => {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, TEAM_ANSWERS_WITHIN_MS, null);
  // Asking throws at once when the object cannot be reached at all.
  const asking = async () => ask(context.dependencies.team(context.env, context.team_id));
  const answer = asking().catch((error: unknown) => {
    context.dependencies.log('team.no_answer', { request_id: context.request_id, error: String(error) });
    return null;
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};

type HostPresence = { online: boolean; last_seen_at: string | null };

export type Presence = {
  /** `stored` is the projection in D1, for when the object is silent or does not know the host. */
  host: (id: HostId, stored: HostPresence) => { status: HostStatus; last_seen_at: string | null };
  device: (id: DeviceId) => Pick<Device, 'has_running_deployment' | 'lock'>;
};

const statusOf = (online: boolean): HostStatus => (online ? 'online' : 'offline');

const fromDescription = ({ hosts, devices }: TeamDescription): Presence => {
  const hostsById = new Map(hosts.map((host) => [host.host_id, host]));
  const devicesById = new Map(devices.map((device) => [device.device_id, device]));
  return {
    host: (id, stored) => {
      const { online, last_seen_at } = hostsById.get(id) ?? stored;
      return { status: statusOf(online), last_seen_at: last_seen_at ?? stored.last_seen_at };
    },
    device: (id) => {
      const { has_running_deployment = false, lock = null } = devicesById.get(id) ?? {};
      return { has_running_deployment, lock };
    },
  };
};

const unknown: Presence = {
  host: (_id, { online, last_seen_at }) => ({ status: statusOf(online), last_seen_at }),
  device: () => ({ has_running_deployment: null, lock: null }),
};

export const loadPresence = async (context: PersonContext, hostIds: HostId[]): Promise<Presence> => {
  if (hostIds.length === 0) return unknown;
  const description = await askTeam(context, (team) => team.describe(hostIds));
  return description === null ? unknown : fromDescription(description);
};

/** Hosts online now; null when only the projection in D1 is known. */
export const loadOnlineHosts = async (context: PersonContext): Promise<HostId[] | null> =>
  (await askTeam(context, (team) => team.overview()))?.online_host_ids ?? null;

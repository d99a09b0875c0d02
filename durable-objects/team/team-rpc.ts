/** What the worker and the other objects may ask of a TeamObject. Every call is safe to repeat. */
import type { Lock } from '#protocol/http/hosts.ts';
import type { DeviceId, HostId, TeamId } from '#protocol/ids.ts';
import type { TeamEvent } from '#protocol/live/events.ts';

export type DeviceState = { device_id: DeviceId; has_running_deployment: boolean; lock: Lock | null };

/** A host as its object sees it; whole, so that a lost or doubled report does no harm. `version` grows with every change. */
export type HostReport = {
  team_id: TeamId;
  host_id: HostId;
  version: number;
  /** The host was deleted: forget it. */
  removed: boolean;
  online: boolean;
  last_seen_at: string | null;
  /** Devices that are locked; those left out are free. */
  devices: DeviceState[];
};

/** A report with a version that was used before is not taken: a host that lost count in a crash goes on above `known_version`. */
export type HostReportAnswer = { taken: boolean; known_version: number };

export type TeamDescription = {
  hosts: { host_id: HostId; online: boolean; last_seen_at: string | null }[];
  devices: DeviceState[];
};

/** What happened, for whoever has a dashboard of the team open: nothing that only some of its members may see. */
export type Publication = {
  team_id: TeamId;
  /** Id of what the events are about. */
  source: string;
  /** Grows with every change of the source, so that a repetition does no harm; null for events that are always taken. */
  version: number | null;
  events: TeamEvent[];
};

export interface TeamRpc {
  describe(hostIds: HostId[]): Promise<TeamDescription>;
  overview(): Promise<{ online_host_ids: HostId[]; locked_device_count: number }>;
  reportHost(report: HostReport): Promise<HostReportAnswer>;
  publish(publication: Publication): Promise<void>;
  /** WebSocket upgrade of a dashboard; `?since=SEQ`. */
  fetch(request: Request): Promise<Response>;
}

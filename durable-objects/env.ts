/** The bindings of `wrangler.toml`, typed. Only `stubs.ts` names the objects among them. */
import type { DeploymentObject } from './deployment/deployment-object.ts';
import type { HostObject } from './host/host-object.ts';
import type { ScheduleObject } from './schedule/schedule-object.ts';
import type { TeamObject } from './team/team-object.ts';

export type Env = {
  DB: D1Database;
  FILES: R2Bucket;
  HOST: DurableObjectNamespace<HostObject>;
  DEPLOYMENT: DurableObjectNamespace<DeploymentObject>;
  SCHEDULE: DurableObjectNamespace<ScheduleObject>;
  TEAM: DurableObjectNamespace<TeamObject>;
  /** What stored secrets and links to reports are protected by; see `secrets.ts`. */
  DEPLOYX_SECRETS_KEY: string;
  /** Set where whatever stands before the Worker ends the connections of silent agents: objects need not look each minute. */
  FRONT_ENDS_SILENT_AGENTS?: string;
};

/** The only place that names an object's binding: from an id to the object that owns it. */
import type { DeploymentId, HostId, ScheduleId, TeamId } from '#protocol/ids.ts';
import type { DeploymentRpc } from './deployment/deployment-rpc.ts';
import type { Env } from './env.ts';
import type { HostRpc } from './host/host-rpc.ts';
import type { ScheduleRpc } from './schedule/schedule-rpc.ts';
import type { TeamRpc } from './team/team-rpc.ts';

export const hostStub = (env: Env, id: HostId): HostRpc => env.HOST.getByName(id);
export const deploymentStub = (env: Env, id: DeploymentId): DeploymentRpc => env.DEPLOYMENT.getByName(id);
export const scheduleStub = (env: Env, id: ScheduleId): ScheduleRpc => env.SCHEDULE.getByName(id);
export const teamStub = (env: Env, id: TeamId): TeamRpc => env.TEAM.getByName(id);

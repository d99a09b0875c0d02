/**
 * The Worker's entry: HTTP to the app, the cron trigger to its jobs, and the classes that the runtime must find here.
 * `Setup` is reachable by a service binding alone.
 */
import type { Env } from '#durable-objects/env.ts';
import { api } from './api.ts';
import { dependencies } from './dependencies.ts';
import { runScheduled } from './scheduled.ts';

export { DeploymentObject } from '#durable-objects/deployment/deployment-object.ts';
export { HostObject } from '#durable-objects/host/host-object.ts';
export { ScheduleObject } from '#durable-objects/schedule/schedule-object.ts';
export { TeamObject } from '#durable-objects/team/team-object.ts';
export { Setup } from './setup/setup.ts';

export default {
  fetch: (request, env, context) => api.fetch(request, env, context),
  scheduled: (_event, env) => runScheduled(env, dependencies),
} satisfies ExportedHandler<Env>;

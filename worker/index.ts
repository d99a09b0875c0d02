/**
 * The Worker's entry: HTTP to the app, the cron trigger to its jobs, and the classes that the runtime must find here.
 * `Setup` is reachable by a service binding alone.
 */
import type { Env } from '#durable-objects/env.ts';
import { createApp } from './app.ts';
import { dependencies } from './dependencies.ts';
import { allRoutes } from './routes.ts';
import { runScheduled } from './scheduled.ts';

export { DeploymentObject } from '#durable-objects/deployment/deployment-object.ts';
export { HostObject } from '#durable-objects/host/host-object.ts';
export { TeamObject } from '#durable-objects/team/team-object.ts';
export { Setup } from './setup/setup.ts';

const app = createApp(dependencies, allRoutes);

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
  scheduled: (_event, env) => runScheduled(env, dependencies),
} satisfies ExportedHandler<Env>;

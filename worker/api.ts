/** The API as it is deployed. A module of its own, because the runtime takes every export of the entry for an entrypoint. */
import { createApp } from './app.ts';
import { dependencies } from './dependencies.ts';
import { allRoutes } from './routes.ts';

export const api = createApp(dependencies, allRoutes);

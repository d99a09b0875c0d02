/** Every route of the API, feature by feature. */
import { documentationRoutes } from './documentation/documentation.routes.ts';
import { healthRoutes } from './health/health.routes.ts';
import type { Route } from './http/route.ts';

const features: readonly Route[] = [...healthRoutes];

/** The document describes all routes, its own two among them. */
export const allRoutes: readonly Route[] = [...features, ...documentationRoutes(features)];

/** The Workers of the system as Miniflare takes them: the API, the app before it, and a way in for set-up from this process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MiniflareOptions } from 'miniflare';
import type { WranglerConfig } from './wrangler-config.ts';

/** These names are part of the paths of the stored objects: renaming one loses their data. */
const API = 'api';
const APP = 'app';
export const SETUP = 'setup';
export const API_WORKER = API;

/**
 * Reachable from this process only: it has no route, the front removes the header that picks a Worker, and the key keeps out
 * other users of this machine, who can reach the runtime's port on the loopback.
 */
const SETUP_WORKER = `
export default {
  async fetch(request, env) {
    if (request.headers.get('authorization') !== env.KEY) return new Response(null, { status: 404 });
    const { method, input } = await request.json();
    try {
      return Response.json({ result: await env.SETUP[method](input) });
    } catch (error) {
      return Response.json({ error: error instanceof Error ? error.message : String(error) });
    }
  },
};`;

export interface RuntimePlace {
  root: string;
  dataDir: string;
  setupKey: string;
  secretsKey: string;
}

export function miniflareOptions(
  { api, app }: WranglerConfig,
  { root, dataDir, setupKey, secretsKey }: RuntimePlace,
): MiniflareOptions {
  const bundle = (file: string) => [
    // By content: given a path, Miniflare would look for modules that the bundle already holds.
    { type: 'ESModule' as const, path: file, contents: readFileSync(join(root, 'dist', file), 'utf8') },
  ];
  const compatibility = (config: { compatibility_date: string; compatibility_flags: string[] }) => ({
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
  });
  const [database] = api.d1_databases;
  return {
    host: '127.0.0.1',
    port: 0,
    cf: false,
    defaultPersistRoot: dataDir,
    telemetry: { enabled: false },
    logRequests: false,
    workers: [
      {
        name: APP,
        modules: bundle('app.mjs'),
        ...compatibility(app),
        serviceBindings: { [app.services[0].binding]: API },
        assets: {
          directory: join(root, 'app', app.pages_build_output_dir),
          binding: 'ASSETS',
          routerConfig: { has_user_worker: true },
        },
      },
      {
        name: API,
        modules: bundle('api.mjs'),
        ...compatibility(api),
        // Straight to the API: through the assets and the app each call would cost several times as much.
        routes: ['*/api/*'],
        bindings: { ...api.vars, FRONT_ENDS_SILENT_AGENTS: 'yes', DEPLOYX_SECRETS_KEY: secretsKey },
        durableObjects: Object.fromEntries(
          api.durable_objects.bindings.map(({ name, class_name }) => [
            name,
            { className: class_name, useSQLite: true },
          ]),
        ),
        d1Databases: { [database.binding]: database.database_name },
        r2Buckets: Object.fromEntries(api.r2_buckets.map(({ binding, bucket_name }) => [binding, bucket_name])),
      },
      {
        name: SETUP,
        modules: [{ type: 'ESModule', path: 'setup.mjs', contents: SETUP_WORKER }],
        ...compatibility(api),
        bindings: { KEY: setupKey },
        serviceBindings: { SETUP: { name: API, entrypoint: 'Setup' } },
      },
    ],
  };
}

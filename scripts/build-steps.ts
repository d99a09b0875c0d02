/** What is built, from what, into what. Order matters: the app's bundle takes what the app's own build wrote. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { bundleAgent } from './agent-bundle.ts';
import { fromRoot, projectVersion } from './paths.ts';

export interface BuildStep {
  name: string;
  inputs: readonly string[];
  outputs: readonly string[];
  run: () => Promise<void>;
}

const PACKAGES = ['package-lock.json', 'package.json', 'tsconfig.base.json', 'scripts/build-steps.ts'];
const SERVER = ['protocol', 'domain', 'database', 'durable-objects', 'worker'];
const APP_OUTPUT = 'app/.svelte-kit/cloudflare';

/** Cloudflare's own module resolution, so that the bundle is the same on the edge and on one machine. */
const WORKERD: BuildOptions = {
  bundle: true,
  format: 'esm',
  target: 'es2024',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['workerd', 'worker', 'import'],
  external: ['node:*', 'cloudflare:*'],
  // A dependency imports this one without its prefix.
  alias: { fs: 'node:fs' },
  loader: { '.sql': 'text' },
  sourcemap: true,
  logLevel: 'warning',
};

/** The agent is handed out beside the app's own files; the app's build notes which files there are. */
const AGENT = 'dist/agent.mjs';
const AGENT_STATIC = 'app/static/agent/deployx-agent.mjs';
const AGENT_DOWNLOAD = `${APP_OUTPUT}/agent/deployx-agent.mjs`;

export const BUILD_STEPS: readonly BuildStep[] = [
  {
    name: 'agent',
    inputs: [...PACKAGES, 'scripts/agent-bundle.ts', 'agent', 'protocol'],
    outputs: [AGENT, AGENT_STATIC],
    run: makeAgent,
  },
  { name: 'app', inputs: [...PACKAGES, 'app', 'protocol'], outputs: [`${APP_OUTPUT}/_worker.js`], run: buildApp },
  { name: 'download', inputs: [AGENT], outputs: [AGENT_DOWNLOAD], run: offerAgent },
  { name: 'pages', inputs: [...PACKAGES, 'app', 'protocol'], outputs: ['dist/app.mjs'], run: bundlePages },
  { name: 'api', inputs: [...PACKAGES, ...SERVER], outputs: ['dist/api.mjs'], run: bundleApi },
];

function versionDefine(): Record<string, string> {
  return { __DEPLOYX_VERSION__: JSON.stringify(projectVersion()) };
}

async function buildApp(): Promise<void> {
  // Pages of a former build would stay in the output and be served.
  rmSync(fromRoot(APP_OUTPUT), { recursive: true, force: true });
  const vite = fromRoot('node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--logLevel', 'warn'];
  const { status, output } = spawnSync(process.execPath, args, { cwd: fromRoot('app'), encoding: 'utf8' });
  if (status !== 0) throw new Error(`the build of app/ failed\n${output.join('')}`);
  // Without it the asset server would hand out the app's own code.
  writeFileSync(fromRoot(APP_OUTPUT, '.assetsignore'), '_worker.js\n_routes.json\n_headers\n_redirects\n');
}

async function bundleApi(): Promise<void> {
  const entryPoints = [fromRoot('worker/index.ts')];
  await build({ ...WORKERD, entryPoints, outfile: fromRoot('dist/api.mjs'), define: versionDefine() });
}

async function bundlePages(): Promise<void> {
  await build({ ...WORKERD, entryPoints: [fromRoot('app/edge.js')], outfile: fromRoot('dist/app.mjs') });
}

async function makeAgent(): Promise<void> {
  await bundleAgent(fromRoot(AGENT));
  chmodSync(fromRoot(AGENT), 0o755);
  copy(AGENT, AGENT_STATIC);
}

async function offerAgent(): Promise<void> {
  copy(AGENT, AGENT_DOWNLOAD);
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(fromRoot(to)), { recursive: true });
  copyFileSync(fromRoot(from), fromRoot(to));
}

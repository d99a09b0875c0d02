/**
 * The whole system on one machine, `npm start`: the supervisor. It checks the surroundings, starts the runtime in a process of
 * its own and starts that again when it ends, opens the front once everything answers, and runs an agent for this machine.
 * Killing any of these processes at any moment leaves nothing behind and loses nothing that was acknowledged.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Admin, ensureFirstAdmin } from './admin.ts';
import { createFront } from './front.ts';
import type { Kept } from './keep-running.ts';
import { startLocalAgent } from './local-agent.ts';
import { createLog, describeError } from './log.ts';
import { localUrl, type Options, parseOptions } from './options.ts';
import { checkBuilt, checkPort, openDataDir, portError, StartError } from './preflight.ts';
import { startRuntime } from './runtime-process.ts';
import { readWranglerConfig } from './wrangler-config.ts';

const ROOT = join(import.meta.dirname, '..');

/** In the order in which they were started; stopped in reverse. */
const parts: Kept[] = [];
let stopping: Promise<void> | undefined;

async function start(options: Options): Promise<void> {
  const log = createLog('system');
  const config = readWranglerConfig(ROOT);
  if (!config.ok) throw new StartError(config.message);
  const lock = openDataDir(options.dataDir);
  parts.push({ stop: async () => lock.release() });
  await checkPort(options.host, options.port);
  checkBuilt(ROOT, existsSync);

  const runtime = startRuntime(options.dataDir, createLog('runtime'));
  parts.push(runtime);
  await runtime.ready;
  const admin = await ensureFirstAdmin({
    dataDir: options.dataDir,
    given: options.admin,
    ensureAdmin: runtime.ensureAdmin,
  });

  const front = createFront(runtime.port);
  const port = await front.listen(options.host, options.port).catch((error) => {
    throw portError(error, options.host, options.port);
  });
  parts.push({ stop: front.close });
  const url = localUrl(options.host, port);
  console.log(welcome(url, admin, options));
  log.info(`ready at ${url} after ${(performance.now() / 1000).toFixed(1)} s`);
  if (options.runAgent) parts.push(startAgent(options, url, runtime.createEnrollmentToken));
}

function startAgent(
  { dataDir }: Options,
  server: string,
  createEnrollmentToken: (input: { name: string }) => Promise<{ token: string }>,
): Kept {
  const bundle = join(ROOT, 'dist/agent.mjs');
  return startLocalAgent({
    bundle,
    stateDir: join(dataDir, 'agent'),
    server,
    log: createLog('agent'),
    createEnrollmentToken,
  });
}

function welcome(url: string, admin: Admin, options: Options): string {
  const lines = ['', `  DeployX is running at ${url}`, ''];
  if (admin.username !== undefined) lines.push(`  Sign in as  ${admin.username}`);
  if (admin.password !== undefined && admin.passwordFile !== undefined) {
    lines.push(`  Password    ${admin.created ? `${admin.password} (kept ` : '('}in ${admin.passwordFile})`);
  }
  lines.push(`  Data        in ${options.dataDir}`, '', '  Ctrl-C stops it.', '');
  return lines.join('\n');
}

function stop(): Promise<void> {
  stopping ??= (async () => {
    for (const part of parts.reverse()) await part.stop();
  })();
  return stopping;
}

async function fail(error: unknown): Promise<never> {
  console.error(`deployx: ${error instanceof StartError ? error.message : describeError(error)}`);
  await stop();
  process.exit(1);
}

const parsed = parseOptions(process.argv.slice(2), {
  env: process.env,
  cwd: process.env.INIT_CWD ?? process.cwd(),
  root: ROOT,
});
if (!parsed.ok) {
  console.error(`deployx: ${parsed.message}`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, async () => {
    await stop();
    process.exit(0);
  });
}
try {
  await start(parsed.options);
} catch (error) {
  await fail(error);
}

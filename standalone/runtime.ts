/**
 * The process that holds the embedded runtime (Miniflare and its workerd). The supervisor starts it, starts it again when it
 * ends, and asks it for set-up calls over the channel. It ends itself when the runtime stops answering or the channel closes.
 */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { startClock } from './clock.ts';
import { describeError } from './log.ts';
import { applyMigrations, readMigrations } from './migrations.ts';
import { API_WORKER, miniflareOptions, SETUP } from './miniflare-options.ts';
import { type CallMessage, type FromRuntime, ToRuntime } from './runtime-messages.ts';
import { ensureSecretsKey } from './secrets-key.ts';
import { KERNEL_ENDS_ORPHANS } from './tied-process.ts';
import { startWatchdog } from './watchdog.ts';
import { readWranglerConfig } from './wrangler-config.ts';

/** Tells the supervisor that the runtime is gone, as opposed to a fault of this process. */
const EXIT_RUNTIME_GONE = 70;

const ROOT = join(import.meta.dirname, '..');

async function main(dataDir: string): Promise<void> {
  const read = readWranglerConfig(ROOT);
  if (!read.ok) throw new Error(read.message);
  const setupKey = randomBytes(32).toString('hex');
  const { Miniflare, Log, LogLevel } = await importMiniflare();
  const secretsKey = ensureSecretsKey(dataDir);
  const options = miniflareOptions(read.config, { root: ROOT, dataDir, setupKey, secretsKey });
  const mf = new Miniflare({ ...options, log: new Log(LogLevel.WARN) });
  // Miniflare's own handlers would end this process before it has stopped in order.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal);
  const url = await mf.ready;

  const [database] = read.config.api.d1_databases;
  const db = await mf.getD1Database(database.binding, API_WORKER);
  const applied = await applyMigrations(db, readMigrations(join(ROOT, database.migrations_dir)));
  if (applied.length > 0) console.log(`applied ${applied.length} database migrations`);

  const stopClock = startClock(async (at) => {
    // A stub from before a restart of workerd is dead, so each call takes a new one.
    const api = await mf.getWorker(API_WORKER);
    for (const cron of read.config.api.triggers.crons) await api.scheduled({ cron, scheduledTime: at });
  });
  const stopWatchdog = startWatchdog(new URL('/api/health', url), () => process.exit(EXIT_RUNTIME_GONE));

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    stopClock();
    stopWatchdog();
    await mf.dispose();
    process.exit(0);
  };
  const callSetup = async ({ method, input }: CallMessage): Promise<{ result?: unknown; error?: string }> => {
    const worker = await mf.getWorker(SETUP);
    const headers = { authorization: setupKey };
    const response = await worker.fetch('http://setup/', {
      method: 'POST',
      headers,
      body: JSON.stringify({ method, input }),
    });
    return JSON.parse(await response.text());
  };
  process.on('message', async (raw) => {
    const message = ToRuntime.parse(raw);
    if (message.type === 'stop') return stop();
    const answer = await callSetup(message).catch((error) => ({ error: describeError(error) }));
    send({ type: 'answer', id: message.id, ...answer });
  });
  process.on('disconnect', stop);
  process.on('SIGTERM', stop);
  send({ type: 'ready', port: Number(url.port) });
}

/** The environment has to be set before the module is loaded. */
async function importMiniflare() {
  // Caps the young generation of each isolate; without it workerd grows far beyond what it needs under load.
  process.env.MINIFLARE_WORKERD_V8_FLAGS ??= '--max-semi-space-size=2 --semi-space-growth-factor=1';
  if (KERNEL_ENDS_ORPHANS) {
    process.env.DEPLOYX_WORKERD = workerdPath();
    process.env.MINIFLARE_WORKERD_PATH = join(import.meta.dirname, 'workerd.sh');
  }
  return await import('miniflare');
}

/** The very one that Miniflare would start by itself. */
function workerdPath(): string {
  const require = createRequire(import.meta.resolve('miniflare'));
  return z.object({ default: z.string() }).parse(require('workerd')).default;
}

function send(message: FromRuntime): void {
  process.send?.(message);
}

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('the data folder is missing');
try {
  await main(dataDir);
} catch (error) {
  send({ type: 'failed', message: describeError(error) });
  process.exit(1);
}

/** One download client as a process of its own: the agent's real download code, its hashing and its writing to disk included. */
import { createPrivateKey } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DownloadSource, knownSha256 } from '#agent/actions/download/cache.ts';
import { downloadFile } from '#agent/actions/download/download.ts';
import type { JobRun } from '#agent/actions/job-run.ts';
import { thisMachine } from '#agent/actions/machine.ts';
import { createServerClock } from '#agent/connection/server-clock.ts';
import { createOpenFile, type OpenFile } from '#agent/connection/server-files.ts';
import { makeProof } from '#agent/credentials/proof.ts';
import { defaultPolicy } from '#agent/policy/policy.ts';
import { Job } from '#protocol/agent/job.ts';
import { newId } from '#protocol/ids.ts';
import { type DownloaderReport, DownloadOrder } from './downloader-messages.ts';

/** An order that hangs is a failure of the benchmark, not a slow download. */
const ORDER_WITHIN_MS = 300_000;

const openFileOf = (order: DownloadOrder): OpenFile => {
  if (order.type === 'url') return () => Promise.reject(new Error('this order has no server'));
  const clock = createServerClock(Date.now);
  const key = createPrivateKey(order.private_key);
  return createOpenFile({
    server: () => ({ url: order.server, hostId: order.host_id }),
    proof: (hostId) => makeProof(hostId, key, clock.now()),
    clock,
  });
};

const sourceOf = (order: DownloadOrder): DownloadSource => {
  if (order.type === 'url') return order;
  if (order.job.action.kind !== 'files') throw new Error(`${order.job.action.kind} has no file`);
  return { type: 'file', file: order.job.action.file };
};

/** What the download code asks of a job besides its file. */
const placeholderJob = (): Job => {
  const source = { now: Date.now, randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  return Job.parse({
    target_id: newId('tgt', source),
    attempt: 1,
    deployment_id: newId('dep', source),
    device_key: 'self',
    action: { kind: 'command', command: 'true', shell: 'sh', working_directory: null, env: {} },
    timeout_seconds: ORDER_WITHIN_MS / 1000,
    idempotent: false,
    log_offset: 0,
  });
};

const runOf = (order: DownloadOrder, directory: string): JobRun => ({
  job: order.type === 'job' ? order.job : placeholderJob(),
  policy: defaultPolicy,
  workDirectory: join(directory, 'work'),
  cacheDirectory: join(directory, 'cache'),
  backupDirectory: join(directory, 'backups'),
  output: () => {},
  progress: () => {},
  signal: AbortSignal.timeout(ORDER_WITHIN_MS),
  openFile: openFileOf(order),
  sendReport: () => Promise.reject(new Error('a download leaves no report')),
  machine: thisMachine,
  user: null,
  env: {},
  mask: null,
  timeoutSeconds: ORDER_WITHIN_MS / 1000,
});

const carryOut = async (order: DownloadOrder, directory: string): Promise<string | null> => {
  const run = runOf(order, directory);
  await mkdir(run.workDirectory, { recursive: true });
  const source = sourceOf(order);
  const download = await downloadFile(run, source);
  await rm(run.workDirectory, { recursive: true, force: true });
  if (!download.ok) return download.outcome.message;
  return download.sha256 === knownSha256(source) ? null : 'the content differs';
};

const report = (message: DownloaderReport): void => {
  process.send?.(message);
};

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('the folder is missing');
process.on('message', async (raw) => {
  const error = await carryOut(DownloadOrder.parse(raw), directory).catch(String);
  report({ type: 'done', error });
});
process.on('disconnect', () => process.exit(0));
report({ type: 'ready', error: null });

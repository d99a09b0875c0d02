/**
 * FILE3: brings a file to this machine, whole and verified, or says why not. Bytes that came are not asked for again:
 * a try that was cut, a job that was run again and an agent that was restarted go on from the byte reached. What comes
 * out lies in the job's own folder. Called by the actions `files` and `software`.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../policy/error-code.ts';
import type { ActionOutcome } from '../action.ts';
import type { Arrived } from '../arrived.ts';
import { exclusive } from '../exclusive.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, failed } from '../outcomes.ts';
import { cacheKey, type DownloadSource, downloadKey, forget, knownSha256, partialPath, pruneCache } from './cache.ts';
import { isDiskFull } from './disk-space.ts';
import { type Fetched, fetchVerified } from './fetch-verified.ts';
import { handOver, takeKept } from './kept-packages.ts';
import { openPartialFile } from './partial-file.ts';

export type Download = ({ ok: true } & Arrived) | { ok: false; outcome: ActionOutcome };

const refuse = (outcome: ActionOutcome): Download => ({ ok: false, outcome });

const fetchIntoCache = async (run: JobRun, source: DownloadSource, key: string): Promise<Fetched> => {
  const partial = await openPartialFile(partialPath(run.cacheDirectory, key));
  try {
    return await fetchVerified(run, source, key, partial);
  } finally {
    await partial.close();
  }
};

/** From what is kept here, without asking anyone. */
const fromKept = async (run: JobRun, source: DownloadSource, path: string): Promise<Download | null> => {
  const sha256 = knownSha256(source);
  const size = sha256 === null ? null : await takeKept(run, sha256, path);
  if (sha256 === null || size === null) return null;
  run.progress('downloading', 100, 'taken from the agent’s cache');
  run.output('system', 'download: this package is in the agent’s cache; it is not downloaded again\n');
  return { ok: true, path, size, sha256 };
};

const fromAfar = async (run: JobRun, source: DownloadSource, path: string): Promise<Download> => {
  const key = cacheKey(source);
  const fetched = await fetchIntoCache(run, source, key);
  if (fetched.type === 'ended') return refuse(fetched.outcome);
  await handOver(run, { ...fetched, path: partialPath(run.cacheDirectory, key) }, path);
  await forget(run.cacheDirectory, key);
  await pruneCache(run.cacheDirectory, run.policy.cache, Date.now());
  return { ok: true, path, size: fetched.size, sha256: fetched.sha256 };
};

const intoJobFolder = async (run: JobRun, source: DownloadSource): Promise<Download> => {
  const path = join(run.workDirectory, 'download');
  await mkdir(run.cacheDirectory, { recursive: true, mode: 0o700 });
  await pruneCache(run.cacheDirectory, run.policy.cache, Date.now());
  const download = (await fromKept(run, source, path)) ?? (await fromAfar(run, source, path));
  if (run.signal.aborted) return refuse(aborted(run));
  if (download.ok) await run.arrived?.(download);
  return download;
};

export const downloadFile = async (run: JobRun, source: DownloadSource): Promise<Download> => {
  run.progress('downloading', 0, null);
  try {
    const download = await exclusive(downloadKey(cacheKey(source)), run.signal, () => intoJobFolder(run, source));
    return download ?? refuse(aborted(run));
  } catch (error) {
    if (run.signal.aborted) return refuse(aborted(run));
    if (isDiskFull(errorCode(error))) return refuse(failed('disk_full', 'the disk is full'));
    throw error;
  }
};

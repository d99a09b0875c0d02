/** One try of a download: asks from the byte reached, and takes what comes. */
import { errorCode } from '../../policy/error-code.ts';
import type { JobRun } from '../job-run.ts';
import { retryAfterMs } from './backoff.ts';
import type { Pace } from './bandwidth.ts';
import { type DownloadSource, knownSha256, knownSize } from './cache.ts';
import { isDiskFull, spaceProblem } from './disk-space.ts';
import { type OpenedUrl, openUrl } from './open-url.ts';
import type { PartialFile } from './partial-file.ts';
import { announcedSize, classifyAnswer, isEncoded, validatorOf } from './responses.ts';

export type TryResult =
  | { type: 'whole' }
  | { type: 'retry'; message: string; waitMs: number }
  | { type: 'fail'; reason: 'invalid_url' | 'download_failed' | 'disk_full' | 'checksum_mismatch'; message: string };

/** Which version of the content the bytes so far belong to, for `If-Range`. */
export type Validator = { current: () => string | null; keep: (validator: string | null) => Promise<void> };

export type Transfer = {
  run: JobRun;
  source: DownloadSource;
  partial: PartialFile;
  validator: Validator;
  onBytes: (received: number, expected: number | null) => void;
  pace: Pace;
};

const retry = (message: string, waitMs = 0): TryResult => ({ type: 'retry', message, waitMs });

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return errorCode(cause) ?? (cause instanceof Error ? cause.message : error.message);
};

const openSource = async (transfer: Transfer, offset: number, signal: AbortSignal): Promise<OpenedUrl> => {
  const { source, run, validator } = transfer;
  if (source.type === 'url') return openUrl(source.url, { offset, validator: validator.current(), signal });
  return { type: 'response', response: await run.openFile(source.file.file_id, offset, signal) };
};

type StallGuard = { signal: AbortSignal; alive: () => void; stop: () => void };

/** Aborts when nothing came for so long; `stop` until `alive` while nothing is asked for. */
const makeStallGuard = (stallMs: number): StallGuard => {
  const controller = new AbortController();
  const stalled = () => controller.abort(new Error(`nothing came for ${stallMs / 1000} s`));
  let timer = setTimeout(stalled, stallMs);
  const stop = () => clearTimeout(timer);
  const alive = () => {
    stop();
    timer = setTimeout(stalled, stallMs);
  };
  return { signal: controller.signal, alive, stop };
};

const receive = async (transfer: Transfer, response: Response, expected: number | null, guard: StallGuard) => {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      guard.stop();
      await transfer.partial.add(value);
      transfer.onBytes(transfer.partial.size(), expected);
      if (expected !== null && transfer.partial.size() > expected) break;
      await transfer.pace(value.byteLength);
      guard.alive();
    }
  } finally {
    // Without this an answer that is not read to its end keeps its connection.
    await reader.cancel().catch(() => null);
  }
  await transfer.partial.flush();
};

const judgeSize = (size: number, expected: number | null): TryResult => {
  if (expected === null || size === expected) return { type: 'whole' };
  if (size < expected) return retry(`the content ended at byte ${size} of ${expected}`);
  return { type: 'fail', reason: 'checksum_mismatch', message: `more came than the ${expected} bytes expected` };
};

const take = async (transfer: Transfer, response: Response, guard: StallGuard): Promise<TryResult> => {
  const { partial, source, run } = transfer;
  const offset = partial.size();
  const announced = announcedSize(response.headers, offset);
  const size = knownSize(source);
  if (size !== null && announced !== null && announced !== size)
    return {
      type: 'fail',
      reason: 'checksum_mismatch',
      message: `the server has ${announced} bytes instead of ${size}`,
    };
  const expected = size ?? announced;
  const problem = expected === null ? null : await spaceProblem(run.machine, run.cacheDirectory, expected - offset);
  if (problem !== null) return { type: 'fail', reason: 'disk_full', message: problem };
  transfer.onBytes(offset, expected);
  await receive(transfer, response, expected, guard);
  return judgeSize(partial.size(), expected);
};

const accept = async (transfer: Transfer, response: Response, guard: StallGuard): Promise<TryResult> => {
  const { partial } = transfer;
  const answer = classifyAnswer(response.status, response.headers.get('content-range'), partial.size());
  if (answer.type === 'fail') return { type: 'fail', reason: 'download_failed', message: answer.message };
  if (answer.type === 'retry')
    return retry(answer.message, retryAfterMs(response.headers.get('retry-after'), Date.now()));
  if (answer.type === 'whole' || answer.type === 'restart') await partial.restart();
  if (answer.type === 'restart') return retry(answer.message);
  await transfer.validator.keep(isEncoded(response.headers) ? null : validatorOf(response.headers));
  return take(transfer, response, guard);
};

const failureOf = (error: unknown, stall: AbortSignal): TryResult => {
  if (isDiskFull(errorCode(error))) return { type: 'fail', reason: 'disk_full', message: 'the disk is full' };
  return retry(describe(stall.aborted ? stall.reason : error));
};

export const tryTransfer = async (transfer: Transfer): Promise<TryResult> => {
  const guard = makeStallGuard(transfer.run.machine.downloadStallMs);
  const signal = AbortSignal.any([transfer.run.signal, guard.signal]);
  let response: Response | null = null;
  try {
    // Without a hash or a version there is no telling whether the rest would belong to what is here.
    if (knownSha256(transfer.source) === null && transfer.validator.current() === null)
      await transfer.partial.restart();
    const opened = await openSource(transfer, transfer.partial.size(), signal);
    if (opened.type === 'invalid') return { type: 'fail', reason: 'invalid_url', message: opened.message };
    response = opened.response;
    guard.alive();
    return await accept(transfer, response, guard);
  } catch (error) {
    return failureOf(error, guard.signal);
  } finally {
    guard.stop();
    if (response !== null && !response.bodyUsed) await response.body?.cancel().catch(() => null);
  }
};

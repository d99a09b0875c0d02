/** The tries of one download, until the content is whole and has the hash that was promised. */
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, failed } from '../outcomes.ts';
import { backoffMs, MAX_TRIES } from './backoff.ts';
import { makePace } from './bandwidth.ts';
import { type DownloadSource, knownSha256, knownSize, readValidator, writeValidator } from './cache.ts';
import { spaceProblem } from './disk-space.ts';
import type { PartialFile } from './partial-file.ts';
import { type Transfer, type TryResult, tryTransfer, type Validator } from './transfer.ts';

export type Fetched = { type: 'whole'; size: number; sha256: string } | { type: 'ended'; outcome: ActionOutcome };

const ended = (outcome: ActionOutcome): Fetched => ({ type: 'ended', outcome });

const progressReporter = (run: JobRun): Transfer['onBytes'] => {
  let last: number | null = null;
  return (received, expected) => {
    if (expected === null || expected === 0) return;
    const percent = Math.min(100, Math.floor((received * 100) / expected));
    if (percent === last) return;
    last = percent;
    run.progress('downloading', percent, null);
  };
};

/** Content with a known hash needs no other sign of its version. */
const openValidator = async (run: JobRun, source: DownloadSource, key: string): Promise<Validator> => {
  if (knownSha256(source) !== null) return { current: () => null, keep: async () => {} };
  const { bootId } = run.machine;
  let current = await readValidator(run.cacheDirectory, key, bootId);
  return {
    current: () => current,
    keep: async (next) => {
      current = next;
      await writeValidator(run.cacheDirectory, key, next, bootId);
    },
  };
};

const waitForNextTry = async (run: JobRun, failures: number, result: TryResult & { type: 'retry' }): Promise<void> => {
  const waitMs = Math.max(backoffMs(failures, run.machine.random()), result.waitMs);
  run.output('system', `download: ${result.message}; trying again in ${(waitMs / 1000).toFixed(1)} s\n`);
  // Rejects when the job is aborted, which the caller looks at.
  await run.machine.sleep(waitMs, run.signal).catch(() => null);
};

/** Tries until the content is whole, or three tries in a row brought nothing new. */
const transferWhole = async (transfer: Transfer): Promise<TryResult> => {
  const { run, partial } = transfer;
  let reached = partial.size();
  for (let failures = 0; ; ) {
    const result = await tryTransfer(transfer);
    if (result.type !== 'retry' || run.signal.aborted) return result;
    failures = partial.size() > reached ? 1 : failures + 1;
    reached = Math.max(reached, partial.size());
    if (failures >= MAX_TRIES) return { type: 'fail', reason: 'download_failed', message: result.message };
    await waitForNextTry(run, failures, result);
    if (run.signal.aborted) return result;
  }
};

/** Null when the content is whole. */
const bringWhole = async (transfer: Transfer): Promise<ActionOutcome | null> => {
  const { run, source, partial } = transfer;
  const size = knownSize(source);
  if (size !== null && partial.size() > size) await partial.restart();
  if (partial.size() === size) return null;
  const problem = size === null ? null : await spaceProblem(run.machine, run.cacheDirectory, size - partial.size());
  if (problem !== null) return failed('disk_full', problem);
  const result = await transferWhole(transfer);
  if (run.signal.aborted) return aborted(run);
  if (result.type === 'whole') return null;
  return failed(result.type === 'fail' ? result.reason : 'download_failed', `download failed: ${result.message}`);
};

/** Bytes of an earlier job that turn out to be wrong get one more chance: everything anew. */
export const fetchVerified = async (
  run: JobRun,
  source: DownloadSource,
  key: string,
  partial: PartialFile,
): Promise<Fetched> => {
  const validator = await openValidator(run, source, key);
  const transfer: Transfer = { run, source, partial, validator, onBytes: progressReporter(run), pace: makePace(run) };
  const wanted = knownSha256(source);
  for (;;) {
    const resumed = partial.size() > 0;
    const failure = await bringWhole(transfer);
    if (failure !== null) return ended(failure);
    const sha256 = partial.sha256();
    if (wanted === null || sha256 === wanted) return { type: 'whole', size: partial.size(), sha256 };
    await partial.restart();
    if (!resumed) return ended(failed('checksum_mismatch', `the content's SHA-256 is ${sha256} instead of ${wanted}`));
  }
};

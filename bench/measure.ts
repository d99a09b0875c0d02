/** Figures from samples. */

export type Summary = { samples: number; min: number; p50: number; p99: number; max: number };

/** Nearest rank: always a value that was measured. */
export const percentile = (values: readonly number[], percent: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new Error('no samples');
  return value;
};

export const median = (values: readonly number[]): number => percentile(values, 50);

export const summarize = (values: readonly number[]): Summary => ({
  samples: values.length,
  min: percentile(values, 0),
  p50: median(values),
  p99: percentile(values, 99),
  max: percentile(values, 100),
});

/** Milliseconds on a clock that all processes of the machine share and that never jumps. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * The clock on the wall, finer than its milliseconds. It starts from the clock as it was when this process began, which is right
 * as long as nobody sets the clock meanwhile; `verifyWallClock` says whether anybody did.
 */
export const wallNow = (): number => performance.timeOrigin + performance.now();

const CLOCKS_APART_MS = 3;

export const verifyWallClock = (): void => {
  const apart = Math.abs(Date.now() - wallNow());
  if (apart > CLOCKS_APART_MS) throw new Error(`the machine's clock was moved by ${apart.toFixed(1)} ms meanwhile`);
};

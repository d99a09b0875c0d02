/** Counts from the JSON reports of the two test runners. What is not understood counts as a failure, never as nothing. */
import { z } from 'zod';
import type { Counts } from './steps.ts';

const VitestReport = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numFailedTestSuites: z.number(),
});

const PlaywrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
  errors: z.array(z.unknown()),
});

/** A run that failed as a whole (a file that does not load, an unhandled error) counts as one failure more. */
export function vitestCounts(report: unknown, exitedWell: boolean): Counts {
  const parsed = VitestReport.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: 1 };
  return withExit({ passed: parsed.data.numPassedTests, failed: parsed.data.numFailedTests }, exitedWell);
}

export function playwrightCounts(report: unknown, exitedWell: boolean): Counts {
  const parsed = PlaywrightReport.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: 1 };
  const { stats, errors } = parsed.data;
  return withExit({ passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length }, exitedWell);
}

function withExit({ passed, failed }: Counts, exitedWell: boolean): Counts {
  return { passed, failed: exitedWell || failed > 0 ? failed : 1 };
}

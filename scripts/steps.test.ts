import { expect, test, vi } from 'vitest';
import { missingPlatformPackages } from './lockfile.ts';
import { oneCheck, runSteps, summarize } from './steps.ts';
import { playwrightCounts, vitestCounts } from './test-reports.ts';

test('the last line counts all steps', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const steps = [{ name: 'a', run: () => ({ passed: 3, failed: 1 }) }, oneCheck('b', () => true)];
  const { text, failed } = summarize(await runSteps(steps));
  expect(text.split('\n').at(-1)).toBe('4 passed, 1 failed');
  expect(failed).toBe(1);
});

test('a step that throws has failed and the next one runs', async () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const broken = oneCheck('broken', () => {
    throw new Error('no');
  });
  const results = await runSteps([broken, oneCheck('next', () => true)]);
  expect(results.map(({ passed, failed }) => [passed, failed])).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test('a runner that fails without a failed test still counts as a failure', () => {
  const vitest = { success: false, numPassedTests: 5, numFailedTests: 0, numFailedTestSuites: 1 };
  expect(vitestCounts(vitest, false)).toEqual({ passed: 5, failed: 1 });
  expect(vitestCounts(undefined, true)).toEqual({ passed: 0, failed: 1 });
  expect(playwrightCounts(undefined, true)).toEqual({ passed: 0, failed: 1 });
});

test('a flaky browser test and an error outside of tests count as failures', () => {
  const report = { stats: { expected: 2, unexpected: 1, flaky: 1 }, errors: [{}] };
  expect(playwrightCounts(report, false)).toEqual({ passed: 2, failed: 3 });
});

test('a lockfile without a package of another platform is found out', () => {
  const tool = { optionalDependencies: { 'tool-linux': '1', 'tool-mac': '1' } };
  const packages = { 'node_modules/tool': tool, 'node_modules/tool-linux': {} };
  expect(missingPlatformPackages(packages)).toEqual(['tool-mac (wanted by node_modules/tool)']);
});

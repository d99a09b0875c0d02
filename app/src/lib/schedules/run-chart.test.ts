import { expect, test } from 'vitest';
import { chartOf, chartWords } from './run-chart.ts';
import { sampleExecution } from './sample-execution.ts';

const NOW = Date.parse('2026-11-29T03:00:00.000Z');
const skipped = { status: 'skipped', started_at: null, completed_at: null, duration_seconds: null } as const;
const running = { status: 'running', started_at: '2026-11-29T02:59:50.000Z', duration_seconds: null } as const;

test('the oldest stands first, what runs has its length so far, and what was skipped has none', () => {
  const chart = chartOf([sampleExecution(3, running), sampleExecution(2, skipped), sampleExecution(1)], NOW);
  expect(chart.topMs).toBe(10_000);
  expect(chart.bars.map(({ height }) => height)).toEqual([0.5, null, 1]);
});

test('the height stands for a round time that holds the longest', () => {
  const topOf = (duration_seconds: number) => chartOf([sampleExecution(1, { duration_seconds })], NOW).topMs;
  expect([topOf(0.03), topOf(61), topOf(90_000)]).toEqual([100, 120_000, 2 * 86_400_000]);
});

test('it says in words what it shows', () => {
  const chart = chartOf([sampleExecution(2, skipped), sampleExecution(1)], NOW);
  expect(chartWords(chart)).toBe('The last 2 executions: 1 completed, 1 skipped. They took from 5.0 s to 5.0 s.');
});

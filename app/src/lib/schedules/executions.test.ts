import { describe, expect, test } from 'vitest';
import { executionsWith } from './execution-changes.ts';
import { instantsOf, passesFilter, readExecutionFilter } from './execution-filter.ts';
import { sampleExecution } from './sample-execution.ts';

const all = () => true;
const list = [sampleExecution(3, { status: 'running', completed_at: null }), sampleExecution(2, { has_report: true })];

describe('a history', () => {
  test('follows an execution to its end, and knows how long it took', () => {
    const [first] = executionsWith(list, sampleExecution(3), all, false);
    expect(first).toMatchObject({ status: 'completed', duration_seconds: 5 });
  });

  test('keeps what no event tells', () => {
    expect(executionsWith(list, sampleExecution(2, { error_message: 'x' }), all, false)[1]?.has_report).toBe(true);
  });

  test('takes a new one to the front, and leaves an old one to its page', () => {
    expect(executionsWith(list, sampleExecution(4), all, true)).toHaveLength(3);
    expect(executionsWith(list, sampleExecution(1), all, true)).toBe(list);
  });

  test('never goes back from an end', () => {
    expect(executionsWith(list, sampleExecution(2, { status: 'running' }), all, false)).toBe(list);
  });

  test('loses what its filter no longer lets through', () => {
    const running = (execution: { status: string }) => execution.status === 'running';
    expect(executionsWith(list, sampleExecution(3), running, false).map(({ id }) => id)).toEqual([list[1]?.id]);
    expect(executionsWith(list, sampleExecution(9), running, false)).toBe(list);
  });
});

describe('the filter of a history', () => {
  test('takes days of the reader’s calendar, also the short and the long one', () => {
    expect(instantsOf({ from: '2026-03-29', to: '2026-03-29' }, 'Europe/Zurich')).toEqual({
      from: '2026-03-28T23:00:00.000Z',
      to: '2026-03-29T21:59:59.999Z',
    });
    expect(instantsOf({ from: '', to: '2026-10-25' }, 'Europe/Zurich')).toEqual({
      from: null,
      to: '2026-10-25T22:59:59.999Z',
    });
  });

  test('leaves out what is no day and no status', () => {
    expect(readExecutionFilter(new URLSearchParams('from=2026-02-30&to=x&status=good&q=a'))).toEqual({
      status: '',
      q: 'a',
      from: '',
      to: '',
    });
  });

  test('finds text in the device, the reason and the error', () => {
    const filter = { status: '', q: 'Reserved', from: '', to: '' } as const;
    expect(passesFilter(sampleExecution(1, { skip_reason: 'device reserved by ann' }), filter, 'UTC')).toBe(true);
    expect(passesFilter(sampleExecution(1), filter, 'UTC')).toBe(false);
  });
});

import { expect, test } from 'vitest';
import { formatHostLogLine } from '#protocol/host-log.ts';
import { readHostLog } from './host-log-lines.ts';

test('lines are read as they are written', () => {
  const at = '2026-11-28T14:10:00.000Z';
  const text = `${formatHostLogLine({ at, level: 'warn', text: 'nightly: skipped [x] 16/∞' })}\n`;
  expect(readHostLog(text)).toEqual([
    { time: '2026-11-28 14:10:00', level: 'WARN', text: 'nightly: skipped [x] 16/∞' },
  ]);
});

test('a line of another form is shown as it is', () => {
  expect(readHostLog('=== Active ===\n\n')).toEqual([{ time: '', level: null, text: '=== Active ===' }]);
});

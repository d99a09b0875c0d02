import { expect, it } from 'vitest';
import { formatHostLogLine, readHostLogLine } from './host-log.ts';

const line = (text: string, level: 'info' | 'warn' | 'error' = 'info'): string =>
  formatHostLogLine({ at: '2026-11-28T14:10:00.123Z', level, text });

it('HLOG3 a line has its time in UTC, its level and its text', () => {
  expect(line('⚡ TRIGGERED: nightly | Time: 2026-11-28 14:10:00 UTC')).toBe(
    '2026-11-28 14:10:00 [INFO] ⚡ TRIGGERED: nightly | Time: 2026-11-28 14:10:00 UTC',
  );
  expect(line('⏭️  SKIPPED: nightly', 'warn')).toBe('2026-11-28 14:10:00 [WARN] ⏭️  SKIPPED: nightly');
  expect(line('💥 ERROR: nightly', 'error')).toBe('2026-11-28 14:10:00 [ERROR] 💥 ERROR: nightly');
  expect(line('  Frequency:       */10 * * * *')).toBe('2026-11-28 14:10:00 [INFO]   Frequency:       */10 * * * *');
  expect(line('')).toBe('2026-11-28 14:10:00 [INFO] ');
});

it('HLOG3 a line stays one, and says nothing to a terminal', () => {
  const esc = '\u001b';
  expect(line('a\n2026-11-28 14:10:00 [INFO] forged')).toBe(
    '2026-11-28 14:10:00 [INFO] a 2026-11-28 14:10:00 [INFO] forged',
  );
  expect(line(`a\r\nb\u2028c\rd`)).toBe('2026-11-28 14:10:00 [INFO] a b c d');
  expect(line(`${esc}[2J${esc}]0;title\u0007red\u0000\u202e`)).toBe('2026-11-28 14:10:00 [INFO] red\ufffd');
});

it('HLOG3 what was written is told from other output by its form', () => {
  expect(readHostLogLine(line('⏳ QUEUED: nightly', 'warn'))).toEqual({ level: 'warn', text: '⏳ QUEUED: nightly' });
  expect(readHostLogLine(line(''))).toEqual({ level: 'info', text: '' });
  for (const other of ['', 'Segmentation fault', '[INFO] x', '2026-11-28 14:10:00 [FATAL] x', '2026-11-28 [INFO] x'])
    expect(readHostLogLine(other)).toBeNull();
});

import { expect, test } from 'vitest';
import { errorCode, errorText, jsonLog } from './log.ts';

test('a line is one JSON object, however long and strange its fields are', () => {
  const lines: string[] = [];
  const log = jsonLog(
    (line) => lines.push(line),
    () => 0,
  );
  log('warn', 'frame.refused', { error: `${'x'.repeat(10_000)}\n`, count: 3 });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.split('\n')).toHaveLength(2);
  expect(lines[0]?.length).toBeLessThan(700);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    at: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    event: 'frame.refused',
    count: 3,
  });
});

test('errors are read whatever was thrown', () => {
  expect(errorText(new Error('no'))).toBe('no');
  expect(errorText('no')).toBe('no');
  expect(errorCode(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT');
  expect(errorCode({ code: 'ENOENT' })).toBeNull();
});

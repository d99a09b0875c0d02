import { expect, test } from 'vitest';
import { emptyAction } from './action-form.ts';
import { automaticName } from './automatic-name.ts';

test('the name says what is done, as far as it is known', () => {
  expect(automaticName(emptyAction('command'), ['uptime\ndate'])).toBe('Run uptime');
  expect(automaticName(emptyAction('script'), ['backup'])).toBe('backup_HHMMSS');
  expect(automaticName(emptyAction('software'), ['nginx', null])).toBe('Install nginx and 1 more');
  expect(automaticName(emptyAction('files'), ['app.tar', 'b', 'c'])).toBe('Copy app.tar and 2 more');
  expect(automaticName(emptyAction('files'), [])).toBeNull();
  expect(automaticName(emptyAction('script'), [null])).toBeNull();
});

import { expect, test } from 'vitest';
import { hasText, isFiltered } from './filter.ts';

test('a filter that is empty in all its parts lets everything through', () => {
  expect(isFiltered({ q: '', status: '' })).toBe(false);
  expect(isFiltered({ q: '', status: 'failed' })).toBe(true);
});

test('a text is found in any of the texts, in capitals or not, without the blanks around it', () => {
  expect(hasText(['Nightly', null], ' night ')).toBe(true);
  expect(hasText([null, 'no disk'], 'DISK')).toBe(true);
  expect(hasText(['nightly', null], 'weekly')).toBe(false);
});

test('nothing to search for is found everywhere, also where there is no text', () => {
  expect(hasText([null], '  ')).toBe(true);
});

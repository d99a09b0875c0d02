import { expect, test } from 'vitest';
import { labelText, parseLabel, withLabel, withoutLabel } from './label-text.ts';

test.each([
  ['env=production', 'env', 'production'],
  [' env = a=b ', 'env', 'a=b'],
  ['gpu', 'gpu', ''],
  ['gpu=', 'gpu', ''],
])('%j is a label', (text, key, value) => {
  expect(parseLabel(text)).toEqual({ type: 'label', key, value });
});

test.each(['=value', '-env=x', 'a b=c', ''])('%j is none', (text) => {
  expect(parseLabel(text).type).toBe('invalid');
});

test('a label is written as it is read', () => {
  expect([labelText('env', 'x'), labelText('gpu', '')]).toEqual(['env=x', 'gpu']);
});

test('adding replaces the value of the same name, removing leaves the others', () => {
  expect(withLabel({ env: 'a', role: 'web' }, 'env', 'b')).toEqual({ env: 'b', role: 'web' });
  expect(withoutLabel({ env: 'a', role: 'web' }, 'env')).toEqual({ role: 'web' });
});

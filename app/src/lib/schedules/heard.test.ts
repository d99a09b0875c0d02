import { expect, test } from 'vitest';
import { Heard } from './heard.ts';

test('an answer is overtaken only by an event of the same thing since it was asked for', () => {
  const heard = new Heard();
  heard.note('a');
  const overtaken = heard.since('a');
  heard.note('b');
  expect(overtaken()).toBe(false);
  heard.note('a');
  expect(overtaken()).toBe(true);
});

import { describe, expect, it } from 'vitest';
import { beginningOf } from './text.ts';

describe('the beginning of a text', () => {
  it('is all of it, or as many characters as are asked for', () => {
    expect(beginningOf('nightly', 10)).toBe('nightly');
    expect(beginningOf('nightly', 5)).toBe('night');
  });

  it('does not end within a character', () => {
    expect(beginningOf('a🙂b', 3)).toBe('a🙂');
    expect(beginningOf('a🙂b', 2)).toBe('a');
  });
});

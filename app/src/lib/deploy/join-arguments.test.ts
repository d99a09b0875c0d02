import { describe, expect, it } from 'vitest';
import { splitArguments } from '#protocol/arguments.ts';
import { joinArguments } from './join-arguments.ts';

describe('arguments', () => {
  it('written as one line are read back to the same words', () => {
    const words = ['--plain', 'two words', "it's", '"quoted"', '$HOME', 'back\\slash', 'a=b', '*', 'zażółć'];
    expect(splitArguments(joinArguments(words))).toEqual(words);
  });
});

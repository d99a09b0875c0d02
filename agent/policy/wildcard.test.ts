import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wildcardMatches } from './wildcard.ts';

const plain = (gap: string) => !gap.includes(';');
const asExpression = (pattern: string) => new RegExp(`^${pattern.split('*').join('[^;]*')}$`);

describe('wildcardMatches', () => {
  it.each([
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['**', '', true],
    ['', '', true],
    ['', 'x', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
  ])('%j, %j: %s', (pattern, text, expected) => {
    expect(wildcardMatches(pattern, text)).toBe(expected);
  });

  it('agrees with a regular expression on all small patterns and texts', () => {
    const letters = (alphabet: string[]) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 7 });
    fc.assert(
      fc.property(letters(['a', 'b', ';', '*']), letters(['a', 'b', ';']), (pattern, text) => {
        expect(wildcardMatches(pattern, text, plain)).toBe(asExpression(pattern).test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('many wildcards over a long text take no time', () => {
    const started = performance.now();
    expect(wildcardMatches('*a'.repeat(40), `${'a'.repeat(65_000)}b`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

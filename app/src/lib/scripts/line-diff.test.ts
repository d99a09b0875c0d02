import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffLine, hunksOf, lineDiff } from './line-diff.ts';

const signs = { same: ' ', added: '+', removed: '-' } as const;
const drawn = (lines: readonly DiffLine[]) => lines.map(({ type, text }) => `${signs[type]}${text}`);

describe('difference of two texts', () => {
  it('keeps what both have and says what came and went', () =>
    expect(drawn(lineDiff('a\nb\nc\nd', 'a\nc\nx\nd'))).toEqual([' a', '-b', ' c', '+x', ' d']));

  it('numbers the lines of each side', () =>
    expect(lineDiff('a\nb', 'x\na\nb').map(({ before, after }) => [before, after])).toEqual([
      [null, 1],
      [1, 2],
      [2, 3],
    ]));

  it('gives either text back, whatever they are', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 25 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after);
        const side = (left: DiffLine['type']) =>
          lines
            .filter(({ type }) => type !== left)
            .map((line) => line.text)
            .join('\n');
        expect(side('added')).toBe(before);
        expect(side('removed')).toBe(after);
      }),
    );
  });

  it('stays quick with texts that are too large to compare line by line', () => {
    const many = (word: string) => Array.from({ length: 5000 }, (_, line) => `${word} ${line}`).join('\n');
    expect(lineDiff(many('a'), many('b'))).toHaveLength(10_000);
  });
});

describe('what is shown of a difference', () => {
  const before = Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n');
  it('is what changed with three lines around it, and how much is left out', () => {
    const hunks = hunksOf(lineDiff(before, before.replace('line 10\n', 'other\n').replace('line 29', 'end')));
    expect(hunks.map(({ hidden, lines }) => [hidden, lines.length])).toEqual([
      [7, 8],
      [12, 5],
    ]);
  });
  it('is nothing when nothing changed', () => expect(hunksOf(lineDiff(before, before))).toEqual([]));
});

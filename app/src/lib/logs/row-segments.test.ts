import { describe, expect, it } from 'vitest';
import { findMatches } from './find-matches.ts';
import { segmentsOf } from './row-segments.ts';
import { PLAIN } from './style.ts';
import { linesOf } from './test-lines.ts';

describe('segments', () => {
  it('lose no character, whatever styles and matches cut', () => {
    const [line] = linesOf('\u001b[31mred and \u001b[1mbold\u001b[0m end');
    if (line === undefined) throw new Error('no line');
    const matches = findMatches([line], /d/g, 0);
    for (let from = 0; from < line.text.length; from++)
      for (let to = from; to <= line.text.length; to++)
        expect(
          segmentsOf(line, from, to, matches, null)
            .map((segment) => segment.text)
            .join(''),
        ).toBe(line.text.slice(from, to));
  });

  it('mark the match that one stands on', () => {
    const [line] = linesOf('a b a');
    if (line === undefined) throw new Error('no line');
    const matches = findMatches([line], /a/g, 0);
    const current = matches[1] ?? null;
    expect(segmentsOf(line, 0, 5, matches, current)).toEqual([
      { text: 'a', style: PLAIN, mark: 'match' },
      { text: ' b ', style: PLAIN, mark: 'none' },
      { text: 'a', style: PLAIN, mark: 'current' },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { rangesIn } from '#protocol/log-matcher.ts';
import { segmentsOf } from './row-segments.ts';
import { readStyled } from './sgr.ts';
import { PLAIN } from './style.ts';

const matchesIn = (text: string, matcher: RegExp) =>
  rangesIn(text, matcher, 100).map(([from, to]) => ({ line: 0, from, to }));

describe('segments', () => {
  it('lose no character, whatever styles and matches cut', () => {
    const line = readStyled('\u001b[31mred and \u001b[1mbold\u001b[0m end', PLAIN);
    const matches = matchesIn(line.text, /d/g);
    for (let from = 0; from < line.text.length; from++)
      for (let to = from; to <= line.text.length; to++)
        expect(
          segmentsOf(line, from, to, matches, null)
            .map((segment) => segment.text)
            .join(''),
        ).toBe(line.text.slice(from, to));
  });

  it('mark the match that one stands on', () => {
    const line = readStyled('a b a', PLAIN);
    const matches = matchesIn(line.text, /a/g);
    const current = matches[1] ?? null;
    expect(segmentsOf(line, 0, 5, matches, current)).toEqual([
      { text: 'a', style: PLAIN, mark: 'match' },
      { text: ' b ', style: PLAIN, mark: 'none' },
      { text: 'a', style: PLAIN, mark: 'current' },
    ]);
  });
});

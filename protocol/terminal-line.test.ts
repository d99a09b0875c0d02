import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matcherOf, rangesIn } from './log-matcher.ts';
import { readTerminalLine, shownText } from './terminal-line.ts';

const ESC = '\u001b';

describe('the text that a line shows', () => {
  it('is without escape sequences and control characters', () => {
    expect(shownText(`${ESC}[1;31mred${ESC}[0m ${ESC}]0;title\u0007and ${ESC}[2Jplain\u0008`)).toBe('red and plain');
  });

  it('is what the last carriage return left', () => {
    expect(shownText('10%\r55%\r100%\r')).toBe('100%');
  });

  it('is a plain line itself', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~äöü😀\t]*$/u), (text) => {
        expect(shownText(text)).toBe(text);
      }),
    );
  });

  it('comes in the same pieces as the styles that hold for them', () => {
    const seen: string[] = [];
    readTerminalLine(`a${ESC}[31mb\rc${ESC}[0m`, {
      text: (piece) => seen.push(piece),
      style: (parameters) => seen.push(`[${parameters}]`),
      carriageReturn: () => seen.push('return'),
    });
    expect(seen).toEqual(['a', '[31]', 'b', 'return', 'c', '[0]']);
  });
});

describe('a search for plain text', () => {
  it('takes every character as it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (needle, before, after) => {
        const text = before + needle + after;
        const [first] = rangesIn(text, matcherOf(needle, true), 10);
        expect(first?.[0]).toBe(text.indexOf(needle));
      }),
    );
  });

  it('finds upper and lower case alike unless told otherwise', () => {
    expect(rangesIn('Error ERROR', matcherOf('error', false), 10)).toHaveLength(2);
    expect(rangesIn('Error ERROR', matcherOf('ERROR', true), 10)).toEqual([[6, 11]]);
  });

  it('gives no more than asked for', () => {
    expect(rangesIn('eeee', matcherOf('e', true), 3)).toHaveLength(3);
  });
});

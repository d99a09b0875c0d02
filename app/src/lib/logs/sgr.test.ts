import { describe, expect, it } from 'vitest';
import { readStyled } from './sgr.ts';
import { PLAIN, type Style, styleCss } from './style.ts';

const ESC = '\u001b';
const style = (change: Partial<Style>): Style => ({ ...PLAIN, ...change });
const palette = (index: number) => ({ kind: 'palette', index }) as const;

const styles: [string, string, Style][] = [
  ['a basic color', '31', style({ color: palette(1) })],
  ['a bright color', '92', style({ color: palette(10) })],
  ['a background', '44', style({ background: palette(4) })],
  ['a bright background', '107', style({ background: palette(15) })],
  ['one of 256 colors', '38;5;208', style({ color: palette(208) })],
  ['a background of 256 colors', '48;5;17', style({ background: palette(17) })],
  ['a true color', '38;2;1;2;255', style({ color: { kind: 'rgb', red: 1, green: 2, blue: 255 } })],
  ['256 colors written with colons', '38:5:208', style({ color: palette(208) })],
  ['true color written with colons', '38:2:9:8:7', style({ color: { kind: 'rgb', red: 9, green: 8, blue: 7 } })],
  ['true color with a color space', '38:2::9:8:7', style({ color: { kind: 'rgb', red: 9, green: 8, blue: 7 } })],
  ['what follows an extended color', '38;5;1;1', style({ color: palette(1), bold: true })],
  ['bold, dim, italic, underline', '1;2;3;4', style({ bold: true, dim: true, italic: true, underline: true })],
  ['strike and inverse', '7;9', style({ inverse: true, strike: true })],
  ['a curly underline as underline', '4:3', style({ underline: true })],
  ['4:0 as no underline', '4;4:0;1', style({ bold: true })],
  ['22 as neither bold nor dim', '1;2;31;22', style({ color: palette(1) })],
  ['39 as the usual color', '31;1;39', style({ bold: true })],
  ['0 as everything usual', '31;1;0', PLAIN],
  ['an empty sequence as everything usual', '', PLAIN],
  ['a color beyond 255 as nothing', '38;5;256', PLAIN],
  ['a true color beyond 255 as nothing', '38;2;0;300;0', PLAIN],
  ['an extended color cut short as nothing', '38;5', PLAIN],
  ['unknown numbers as nothing', '73;999', PLAIN],
  ['letters among the digits as nothing', '<1', PLAIN],
];

describe('styles', () => {
  for (const [name, parameters, expected] of styles) {
    it(`reads ${name}`, () => {
      const result = readStyled(`${ESC}[${parameters}mtext`, PLAIN);
      expect(result.text).toBe('text');
      expect(result.style).toEqual(expected);
      expect(result.runs).toEqual(expected === PLAIN ? null : [{ end: 4, style: expected }]);
    });
  }

  it('cuts the text where the style changes', () => {
    const red = style({ color: palette(1) });
    expect(readStyled(`a${ESC}[31mbc${ESC}[0md`, PLAIN).runs).toEqual([
      { end: 1, style: PLAIN },
      { end: 3, style: red },
      { end: 4, style: PLAIN },
    ]);
  });

  it('goes on with the style of the line before', () => {
    const { style: carried } = readStyled(`${ESC}[1mfirst`, PLAIN);
    expect(readStyled('second', carried).runs).toEqual([{ end: 6, style: style({ bold: true }) }]);
  });
});

const stripped: [string, string, string][] = [
  ['cursor movement', `${ESC}[2J${ESC}[10;20Hhere`, 'here'],
  ['private modes', `${ESC}[?25lx${ESC}[?25h`, 'x'],
  ['a window title', `${ESC}]0;title\u0007x`, 'x'],
  ['a link, but not its text', `${ESC}]8;;http://example.com${ESC}\\link${ESC}]8;;${ESC}\\`, 'link'],
  ['an unfinished window title', `x${ESC}]0;title`, 'x'],
  ['a device control string', `${ESC}Pq#0;2;0;0;0${ESC}\\x`, 'x'],
  ['two-character escapes', `${ESC}(B${ESC}=x${ESC}c`, 'x'],
  ['the eight-bit introducer', '\u009b31mx', 'x'],
  ['a lone escape at the end', `x${ESC}`, 'x'],
  ['an unfinished sequence at the end', `x${ESC}[31`, 'x'],
  ['bell, backspace, NUL and delete', 'a\u0007b\u0008c\u0000d\u007f', 'abcd'],
  ['the carriage return of CRLF', 'line\r', 'line'],
  ['parameters of absurd length', `${ESC}[${'1;'.repeat(5000)}mx`, 'x'],
];

describe('other escapes', () => {
  for (const [name, raw, text] of stripped) it(`strips ${name}`, () => expect(readStyled(raw, PLAIN).text).toBe(text));

  it('keeps tabs', () => expect(readStyled('a\tb', PLAIN).text).toBe('a\tb'));
  it('keeps markup as text', () => expect(readStyled('<img onerror=x>', PLAIN).text).toBe('<img onerror=x>'));
  it('shows what a carriage return leaves of a progress bar', () =>
    expect(readStyled('10%\r55%\r100%', PLAIN).text).toBe('100%'));
  it('makes characters that turn the direction of text visible', () =>
    expect(readStyled('a\u202egpj.exe', PLAIN).text).toBe('a\ufffdgpj.exe'));
  it('takes text again after a sequence that a line break cut short', () =>
    expect(readStyled(`${ESC}[3\u0007ok`, PLAIN).text).toBe('ok'));

  it('reads a megabyte of escapes in linear time', () => {
    const started = performance.now();
    readStyled(`${ESC}[`.repeat(500_000), PLAIN);
    readStyled(`${ESC}]`.repeat(500_000), PLAIN);
    readStyled(`${ESC}[31ma${ESC}[0mb`.repeat(100_000), PLAIN);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('style sheet text', () => {
  const table: [Style, string][] = [
    [PLAIN, ''],
    [style({ color: palette(1), bold: true }), 'color:var(--ansi-1);font-weight:700;'],
    [style({ color: palette(208) }), 'color:rgb(255 135 0);'],
    [style({ color: palette(244) }), 'color:rgb(128 128 128);'],
    [style({ background: { kind: 'rgb', red: 1, green: 2, blue: 3 } }), 'background-color:rgb(1 2 3);'],
    [style({ inverse: true }), 'color:var(--log-background);background-color:var(--log-text);'],
    [style({ underline: true, strike: true }), 'text-decoration:underline line-through;'],
    [style({ dim: true, italic: true }), 'opacity:0.65;font-style:italic;'],
  ];
  for (const [input, css] of table) it(`writes "${css}"`, () => expect(styleCss(input)).toBe(css));
});

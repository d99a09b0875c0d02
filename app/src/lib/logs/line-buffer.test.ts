import { describe, expect, it } from 'vitest';
import { LineBuffer, type LogFrame, MAX_LINE_CHARACTERS, plainText } from './line-buffer.ts';

const frame = (offset: number, text: string, stream: LogFrame['stream'] = 'stdout'): LogFrame => ({
  offset,
  text,
  stream,
});
const texts = (buffer: LineBuffer): string[] => buffer.lines.map((line) => line.text);

describe('lines', () => {
  it('joins a line that comes in two frames', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, 'one\ntw'));
    buffer.take(frame(6, 'o\n'));
    expect(texts(buffer)).toEqual(['one', 'two']);
  });

  it('keeps empty lines and invents none after a final line break', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, 'a\n\n\nb\n'));
    expect(texts(buffer)).toEqual(['a', '', '', 'b']);
  });

  it('begins a new line where the stream changes', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, 'out'));
    buffer.take(frame(3, 'err\n', 'stderr'));
    buffer.take(frame(7, 'more\n'));
    expect(buffer.lines.map((line) => [line.stream, line.text])).toEqual([
      ['stdout', 'out'],
      ['stderr', 'err'],
      ['stdout', 'more'],
    ]);
  });

  it('carries colors on from line to line, each stream its own', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, '\u001b[31mred\n'));
    buffer.take(frame(9, 'plain\n', 'stderr'));
    buffer.take(frame(15, 'still red\n'));
    expect(buffer.lines.map((line) => line.runs !== null)).toEqual([true, false, true]);
  });

  it('reads an escape that two frames share', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, 'a\u001b[3'));
    buffer.take(frame(4, '1mb\n'));
    expect(texts(buffer)).toEqual(['ab']);
  });

  it('keeps one line for a progress bar of any length', () => {
    const buffer = new LineBuffer();
    let offset = 0;
    for (let percent = 0; percent <= 5000; percent++) {
      const text = `${percent} of 5000\r`;
      buffer.take(frame(offset, text));
      offset += text.length;
    }
    expect(texts(buffer)).toEqual(['5000 of 5000']);
  });
});

describe('offsets', () => {
  it('count bytes, not characters', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, 'zażółć 🦊\n'));
    expect(buffer.end).toBe(new TextEncoder().encode('zażółć 🦊\n').length);
  });

  it('a frame that was seen before changes nothing', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, 'one\ntwo\n'));
    expect(buffer.take(frame(0, 'one\n'))).toBe('known');
    expect(buffer.take(frame(4, 'two\n'))).toBe('known');
    expect(texts(buffer)).toEqual(['one', 'two']);
  });

  it('a frame that overlaps adds only what is new, also after wide characters', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, 'żółw'));
    expect(buffer.take(frame(2, 'ółw 🦊 i'))).toBe('taken');
    expect(texts(buffer)).toEqual(['żółw 🦊 i']);
    expect(buffer.end).toBe(new TextEncoder().encode('żółw 🦊 i').length);
  });

  it('a frame that leaves a gap is not taken', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, 'one\n'));
    expect(buffer.take(frame(10, 'late\n'))).toBe('gap');
    expect(buffer.end).toBe(4);
    expect(texts(buffer)).toEqual(['one']);
  });

  it('an empty frame changes nothing', () => {
    const buffer = new LineBuffer();
    expect(buffer.take(frame(0, ''))).toBe('known');
    expect(texts(buffer)).toEqual([]);
  });

  it('any cut of the output into frames, repeated and overlapping, gives the same lines', () => {
    const whole = 'first\n\u001b[32mzażółć\u001b[0m 🦊🦊\n\nlast line without an end';
    const bytes = new TextEncoder().encode(whole);
    const startsCharacter = (at: number) => at === bytes.length || ((bytes[at] ?? 0) & 0xc0) !== 0x80;
    const expected = new LineBuffer();
    expected.take(frame(0, whole));
    for (let size = 1; size < 12; size++) {
      const buffer = new LineBuffer();
      for (let from = 0; from < bytes.length; from += size) {
        const start = [from, from - 1, from - 2, from - 3].find((at) => at <= 0 || startsCharacter(at)) ?? 0;
        const stop = [0, 1, 2, 3].map((more) => from + size + more).find(startsCharacter) ?? bytes.length;
        const at = Math.max(0, start);
        buffer.take(frame(at, new TextDecoder().decode(bytes.subarray(at, stop))));
      }
      expect(buffer.lines).toEqual(expected.lines);
      expect(buffer.end).toBe(bytes.length);
    }
  });
});

describe('bounds', () => {
  it('cuts a line without an end, never inside a character, and copies it whole', () => {
    const buffer = new LineBuffer();
    const text = `x${'🦊'.repeat(MAX_LINE_CHARACTERS)}`;
    buffer.take(frame(0, text));
    expect(Math.max(...buffer.lines.map((line) => line.text.length))).toBeLessThanOrEqual(MAX_LINE_CHARACTERS);
    expect(buffer.lines.every((line) => line.text.isWellFormed())).toBe(true);
    expect(plainText(buffer.lines)).toBe(text);
  });

  it('does not cut an escape in two', () => {
    const buffer = new LineBuffer();
    buffer.take(frame(0, `${'x'.repeat(MAX_LINE_CHARACTERS - 2)}\u001b[31mred`));
    expect(plainText(buffer.lines)).toBe(`${'x'.repeat(MAX_LINE_CHARACTERS - 2)}red`);
  });

  it('lets the oldest lines go above its limit and says how many', () => {
    const buffer = new LineBuffer({ lines: 100, characters: 1_000_000 });
    for (let line = 0; line < 250; line++) buffer.take(frame(line * 4, `${String(line).padStart(3, '0')}\n`));
    expect(buffer.lines.length).toBeLessThanOrEqual(100);
    expect(buffer.lines.at(-1)?.text).toBe('249');
    expect(buffer.droppedLines + buffer.lines.length).toBe(250);
  });

  it('lets lines go above its limit of characters', () => {
    const buffer = new LineBuffer({ lines: 1000, characters: 100 });
    for (let line = 0; line < 30; line++) buffer.take(frame(line * 11, '0123456789\n'));
    expect(buffer.lines.length).toBeLessThanOrEqual(10);
    expect(buffer.droppedLines + buffer.lines.length).toBe(30);
  });

  it('takes 100,000 lines in frames of 64 lines in well under a second each ten thousand', () => {
    const buffer = new LineBuffer();
    const text = 'a line of usual length, as a build tool prints it, with 1 number\n'.repeat(64);
    const started = performance.now();
    for (let index = 0; index < 1563; index++) buffer.take(frame(index * text.length, text));
    expect(buffer.lines.length).toBeGreaterThan(100_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

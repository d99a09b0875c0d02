/** Output for property tests: all that is hard about text, and a second, slow reading of it to hold the real one against. */
import fc from 'fast-check';
import { LogPiece, LogStream } from '../agent/to-server.ts';
import { type LogLine, MAX_LINE_BYTES } from '../log-lines.ts';

const bit = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom('\n', '\n\n', '\r', '\r\n', 'line\n', '😀', 'é', '\ufeff', '\u001b[31mred\u001b[0m'),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }).map((n) => 'x'.repeat(MAX_LINE_BYTES - 1 + n)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5000 }).map((n) => '€😀'.repeat(n)) },
);

export const outputPiece: fc.Arbitrary<LogPiece> = fc
  .record({
    stream: fc.constantFrom(...LogStream.options),
    text: fc.array(bit, { minLength: 1, maxLength: 4 }).map((bits) => bits.join('')),
  })
  .map((piece) => LogPiece.parse(piece));

export const outputPieces = fc.array(outputPiece, { maxLength: 12 });

const sizeOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x10000) return 4;
  if (code >= 0x800) return 3;
  return code >= 0x80 ? 2 : 1;
};

/** Character by character, as the rule says it. */
export const slowLines = (pieces: readonly LogPiece[]): LogLine[] => {
  const lines: LogLine[] = [];
  let open: LogLine | null = null;
  let bytes = 0;
  let offset = 0;
  for (const { stream, text } of pieces) {
    for (const character of text) {
      const size = sizeOf(character);
      const isBreak = character === '\n';
      if (open === null || open.stream !== stream || (!isBreak && bytes + size > MAX_LINE_BYTES)) {
        open = { offset, stream, text: '', newline: false };
        lines.push(open);
        bytes = 0;
      }
      if (isBreak) {
        open.newline = true;
        open = null;
      } else {
        open.text += character;
        bytes += size;
      }
      offset += size;
    }
  }
  return lines;
};

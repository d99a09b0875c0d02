/** Cuts UTF-8 without ever splitting a character. */

/** Where a part of at most `maxBytes` (four or more, so that any character fits) ends that begins at `from`. */
export const endOfPart = (bytes: Buffer, from: number, maxBytes: number): number => {
  let end = Math.min(bytes.length, from + maxBytes);
  // Bytes 10xxxxxx continue a character that began before them.
  while (end < bytes.length && end > from && (bytes.readUInt8(end) & 0xc0) === 0x80) end -= 1;
  return end;
};

/** Real sequences are far shorter. */
const MAX_ESCAPE_CHARACTERS = 64;
const BEGINNING_OF_ESCAPE = /^(?:\[[0-9;:?]*)?$/;

/** A text that was cut off, without an escape sequence that lost its end: a terminal would take what follows for the rest. */
export const withoutTornEscape = (text: string): string => {
  const at = text.lastIndexOf('\u001b');
  const isTorn = at >= 0 && text.length - at <= MAX_ESCAPE_CHARACTERS && BEGINNING_OF_ESCAPE.test(text.slice(at + 1));
  return isTorn ? text.slice(0, at) : text;
};

/** The longest beginning of a text that fits. */
export const startOfText = (text: string, maxBytes: number): string => {
  const bytes = Buffer.from(text);
  return bytes.length <= maxBytes ? text : bytes.toString('utf8', 0, endOfPart(bytes, 0, maxBytes));
};

/** Cuts UTF-8 without ever splitting a character. */

/** Where a part of at most `maxBytes` (four or more, so that any character fits) ends that begins at `from`. */
export const endOfPart = (bytes: Buffer, from: number, maxBytes: number): number => {
  let end = Math.min(bytes.length, from + maxBytes);
  // Bytes 10xxxxxx continue a character that began before them.
  while (end < bytes.length && end > from && (bytes.readUInt8(end) & 0xc0) === 0x80) end -= 1;
  return end;
};

/** The longest beginning of a text that fits. */
export const startOfText = (text: string, maxBytes: number): string => {
  const bytes = Buffer.from(text);
  return bytes.length <= maxBytes ? text : bytes.toString('utf8', 0, endOfPart(bytes, 0, maxBytes));
};

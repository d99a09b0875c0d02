/** Lines on a console, which nobody may be reading: it may be gone, full, or stand still, and the agent goes on in any case. */
import type { Writable } from 'node:stream';

/** A screen or two of what a reader that stands still has not taken; lines beyond are in the file alone. */
const MAX_UNREAD_BYTES = 64 * 1024;

export const showLinesOn = (stream: Writable): ((text: string) => void) => {
  stream.on('error', () => undefined);
  return (text) => {
    if (stream.writable && stream.writableLength < MAX_UNREAD_BYTES) stream.write(text);
  };
};

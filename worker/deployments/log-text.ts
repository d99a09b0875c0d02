/** A target's whole output as text, a part at a time. */
import { placePieces } from '#durable-objects/host/log-pieces.ts';
import { type LogRun, type LogSource, runsFrom } from './log-parts.ts';

const textOf = ({ pieces, offset }: LogRun, from: number): string =>
  placePieces(pieces, offset, from)
    .map((piece) => piece.text)
    .join('');

export const logStream = (log: LogSource): ReadableStream<Uint8Array> => {
  const source = runsFrom(log, 0);
  const encoder = new TextEncoder();
  let end = 0;
  return new ReadableStream({
    async pull(controller) {
      const next = await source.next();
      if (next.done) return controller.close();
      // A part that was moved meanwhile may begin before where the last one ended.
      controller.enqueue(encoder.encode(textOf(next.value, end)));
      end = next.value.next_offset;
    },
    async cancel() {
      await source.return(undefined);
    },
  });
};

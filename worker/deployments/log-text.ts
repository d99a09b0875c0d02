/** A target's whole output as text, from its host while it has it and from R2 afterwards, a part at a time. */

import type { HostRpc } from '#durable-objects/host/host-rpc.ts';
import { archivedFrames, readSegment } from '#durable-objects/host/log-archive.ts';
import { placePieces } from '#durable-objects/host/log-pieces.ts';
import type { LogPiece } from '#protocol/agent/to-server.ts';
import type { TargetId } from '#protocol/ids.ts';

const textOf = (pieces: readonly LogPiece[], start: number, from: number): string =>
  placePieces(pieces, start, from)
    .map((piece) => piece.text)
    .join('');

async function* parts(host: HostRpc, bucket: R2Bucket, target: TargetId, prefix: string): AsyncGenerator<string> {
  let offset = 0;
  for (;;) {
    const part = await host.readLog({ target_id: target, offset });
    if (part.kind === 'end') return;
    if (part.kind === 'unknown') {
      for await (const frames of archivedFrames(bucket, prefix, offset))
        for (const frame of frames) yield textOf(frame.pieces, frame.offset, offset);
      return;
    }
    const pieces =
      part.kind === 'pieces' ? part.pieces : (await readSegment(bucket, part.key)).flatMap((frame) => frame.pieces);
    yield textOf(pieces, part.offset, offset);
    offset = part.next_offset;
  }
}

export const logStream = (
  host: HostRpc,
  bucket: R2Bucket,
  target: TargetId,
  prefix: string,
): ReadableStream<Uint8Array> => {
  const source = parts(host, bucket, target, prefix);
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const next = await source.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await source.return(undefined);
    },
  });
};

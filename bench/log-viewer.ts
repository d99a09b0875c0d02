/** Somebody who watches a target's output from its first byte, and checks that every byte comes once and in order. */
import { createHash } from 'node:crypto';
import { WebSocket } from 'ws';
import { TailEvent } from '#protocol/live/events.ts';
import type { Context } from './benchmark.ts';
import { now } from './measure.ts';

export type LogViewer = {
  bytes: () => number;
  /** When output came last. */
  lastAt: () => number;
  /** Resolves with the moment of the first output and that of the end; rejects when a byte is missing or doubled. */
  ended: Promise<{ firstAt: number; endedAt: number; sha256: string }>;
  close: () => void;
};

export const watchLog = ({ system }: Context, deploymentId: string, targetId: string): LogViewer => {
  const address = `${system.url.replace(/^http/, 'ws')}/api/deployments/${deploymentId}/targets/${targetId}/tail`;
  const socket = new WebSocket(address, {
    headers: { authorization: `Bearer ${system.token}` },
    perMessageDeflate: false,
  });
  const hash = createHash('sha256');
  let bytes = 0;
  let firstAt = 0;
  let lastAt = 0;
  const ended = new Promise<{ firstAt: number; endedAt: number; sha256: string }>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the tail was closed before the end of the output')));
    socket.on('message', (data) => {
      const event = TailEvent.parse(JSON.parse(data.toString()));
      lastAt = now();
      if (event.event === 'end') {
        resolve({ firstAt, endedAt: lastAt, sha256: hash.digest('hex') });
        return;
      }
      if (event.offset !== bytes) reject(new Error(`output at ${event.offset} came where ${bytes} was due`));
      if (bytes === 0) firstAt = lastAt;
      bytes += Buffer.byteLength(event.text);
      hash.update(event.text);
    });
  });
  // Whoever waits hears of it; until then a rejection must not end the process.
  ended.catch(() => {});
  return { bytes: () => bytes, lastAt: () => lastAt, ended, close: () => socket.close() };
};

/** One build at a time: `npm start` and `npm test` beside each other would write the same files. */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from '#standalone/process-lock.ts';
import { fromRoot } from './paths.ts';

/** A build takes seconds, so waiting for another's is noticed soon enough at this pace. */
const POLL_MS = 200;
/** Longer than the slowest first build on a busy machine. */
const LONGEST_WAIT_MS = 300_000;

export async function withBuildLock(build: () => Promise<void>): Promise<void> {
  mkdirSync(fromRoot('.cache/build'), { recursive: true });
  const giveUpAt = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const lock = takeLock(fromRoot('.cache/build/lock'));
    if (lock.held) {
      try {
        return await build();
      } finally {
        lock.release();
      }
    }
    if (Date.now() > giveUpAt) throw new Error(`process ${lock.pid} has been building for too long`);
    await sleep(POLL_MS);
  }
}

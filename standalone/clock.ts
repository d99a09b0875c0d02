/** Calls `tick` at the start of every minute, one call at a time; stands in for Cloudflare's cron trigger. */
import { describeError } from './log.ts';

const MINUTE_MS = 60_000;

export function startClock(tick: (at: Date) => Promise<void>): () => void {
  let timer: NodeJS.Timeout;
  const next = (): void => {
    timer = setTimeout(fire, untilNextMinute(Date.now()));
  };
  const fire = async (): Promise<void> => {
    const now = Date.now();
    try {
      await tick(new Date(now - (now % MINUTE_MS)));
    } catch (error) {
      // The runtime may be restarting; the next minute makes up for it.
      console.error(`the minute's work failed: ${describeError(error)}`);
    }
    next();
  };
  next();
  return () => clearTimeout(timer);
}

export function untilNextMinute(now: number): number {
  return MINUTE_MS - (now % MINUTE_MS);
}

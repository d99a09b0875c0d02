/** HB1 and HB2: pings at an interval, and notices a connection on which nothing comes any more. */

/** One lost ping and its delay are forgiven. */
const SILENT_INTERVALS = 2.5;

export type Heartbeat = { heard: () => void; stop: () => void };

/**
 * Silence is measured by the clock on the wall, because others stand still while a laptop sleeps: on waking, the first tick
 * finds the connection dead instead of waiting for two more intervals.
 */
export const startHeartbeat = (
  intervalMs: number,
  now: () => number,
  ping: () => void,
  silent: () => void,
): Heartbeat => {
  let lastHeardAt = now();
  let ticks = 0;
  // Half an interval is the grain in which two and a half intervals can be noticed on time.
  const timer = setInterval(() => {
    ticks += 1;
    // A clock that was set back would make a dead connection look fresh for as long as it was set back.
    lastHeardAt = Math.min(lastHeardAt, now());
    if (now() - lastHeardAt >= intervalMs * SILENT_INTERVALS) {
      clearInterval(timer);
      silent();
    } else if (ticks % 2 === 0) ping();
  }, intervalMs / 2);
  return {
    heard: () => {
      lastHeardAt = now();
    },
    stop: () => clearInterval(timer),
  };
};

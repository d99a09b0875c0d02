/** How jobs end of which no agent tells the end. */
import type { Millis } from '../millis.ts';
import type { JobEnd } from './host-state.ts';

const told = (reason: JobEnd['reason'], message: string, at: Millis): JobEnd => ({
  reason,
  message,
  details: null,
  exitCode: null,
  at,
});

export const canceledEnd = (now: Millis, message: string): JobEnd => told('canceled', message, now);
export const canceledBefore = (now: Millis): JobEnd => canceledEnd(now, 'canceled before it started');
export const hostRemoved = (now: Millis): JobEnd => told('host_removed', 'the host was removed', now);
export const skippedEnd = (reason: string, now: Millis): JobEnd => told('skipped', reason, now);

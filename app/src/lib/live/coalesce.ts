/**
 * Turns many requests to refresh into few: the first runs soon, and those that come before or while it runs share the next
 * one. For figures that an event says have changed without saying to what.
 */
import type { LiveDependencies } from './live-connection.ts';

export type Coalesced = { request: () => void; cancel: () => void };

export const coalesce = (
  work: () => Promise<void>,
  delayMs: number,
  schedule: LiveDependencies['schedule'],
): Coalesced => {
  let cancelTimer: (() => void) | null = null;
  let running = false;
  let again = false;

  const run = async (): Promise<void> => {
    cancelTimer = null;
    running = true;
    // A failed refresh leaves what is shown; the next event asks again.
    await work().catch(() => {});
    running = false;
    if (again) request();
  };
  const request = (): void => {
    again = running;
    if (!running) cancelTimer ??= schedule(() => void run(), delayMs);
  };
  const cancel = (): void => {
    again = false;
    cancelTimer?.();
    cancelTimer = null;
  };
  return { request, cancel };
};

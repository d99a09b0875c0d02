/** Bounds of schedules, in milliseconds, and how they relate. */

/** Alarms fire within a moment, also on a machine that is busy; what is later than this was missed, and is made up for or not. */
export const ON_TIME_WITHIN_MS = 30_000;

/** How old the latest missed time may be to be made up for: at night nobody wants yesterday evening's run. */
export const CATCH_UP_WITHIN_MS = 3_600_000;

/** Missed times that get an entry of their own; above that the older ones share one, but for those of the last hour. */
export const MISSED_ENTRIES = 100;

/** Firings that wait because nothing can be started now: one will run and one will wait for it, as on a device. */
export const MAX_UNSTARTED = { queue_one: 2, skip: 1 } as const;

/** Bounds of a host's waits, in milliseconds, and how they relate. */
import { SILENT_AFTER_SECONDS } from '#protocol/limits.ts';

/**
 * A socket that broke without a goodbye may be a restart of the server or a moment without network: agents are back within
 * seconds (their back-off starts at half a second), so policy `fail` waits this long before it decides.
 */
export const RECONNECT_GRACE_MS = 10_000;

/**
 * With policy `fail`, how long what a schedule fired waits for its host all the same: a firing may fall into a restart of the server,
 * after which agents come back one by one (their back-off is 8 s at most, and 30 s when it was long away).
 */
export const FIRING_GRACE_MS = 30_000;

/** Beyond the job's own time limit: the agent ends the process tree (5 s), then reports; it may be reconnecting (30 s at most). */
export const REPORT_GRACE_MS = 30_000;

/** After a cancel the agent has 5 s of SIGTERM before SIGKILL; then its result must be here, or the server decides. */
export const CANCEL_GRACE_MS = 15_000;

/** A silent agent must show as offline within 60 s of its last sign of life. */
export const SILENT_AFTER_MS = SILENT_AFTER_SECONDS * 1000;

/** When to look again after a sign of life: later than `SILENT_AFTER_MS`, so that one look decides, and inside the 60 s. */
export const SILENCE_CHECK_MS = 55_000;

/**
 * The same where something before the object ends silent connections (the front of a system on one machine): a look that finds what
 * a crash left. Below the ten minutes and a half after which a job of the default time limit is given up, so that such a job
 * needs no alarm of its own.
 */
export const RARE_SILENCE_CHECK_MS = 600_000;

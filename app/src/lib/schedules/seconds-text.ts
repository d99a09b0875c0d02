import { formatDuration } from '../format/time.ts';

/** Null, which is "nothing to measure yet", is a dash. */
export const formatSeconds = (seconds: number | null): string =>
  seconds === null ? '–' : formatDuration(seconds * 1000);

import { onDestroy } from 'svelte';
import { coalesce } from './coalesce.ts';
import { scheduleTimeout } from './schedule-timeout.ts';

/** Feels immediate, and keeps a busy team's events from becoming as many calls. */
const REFRESH_DELAY_MS = 700;

/** For a component: call the answer as often as you like. Ends with the component. */
export const createRefresher = (work: () => Promise<void>, delayMs = REFRESH_DELAY_MS): (() => void) => {
  const { request, cancel } = coalesce(work, delayMs, scheduleTimeout);
  onDestroy(cancel);
  return request;
};

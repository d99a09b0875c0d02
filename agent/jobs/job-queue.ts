/** JOB11: which of the waiting jobs start now. Pure. */
import type { Job } from '#protocol/agent/job.ts';

type Queued = { job: Pick<Job, 'device_key'> };

/** In the order of their arrival: as many as the policy lets run beside those that run, and never two on one device. */
export const nextToStart = <Entry extends Queued>(
  waiting: readonly Entry[],
  running: readonly Queued[],
  maxParallel: number,
): Entry[] => {
  const busy = new Set(running.map((entry) => entry.job.device_key));
  const starting: Entry[] = [];
  for (const entry of waiting) {
    if (running.length + starting.length >= maxParallel) break;
    if (busy.has(entry.job.device_key)) continue;
    busy.add(entry.job.device_key);
    starting.push(entry);
  }
  return starting;
};

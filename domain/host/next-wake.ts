/** When a host must look at itself again although nobody calls: the earliest bound of any of its waits. */
import type { Millis } from '../millis.ts';
import type { HostJob, HostState } from './host-state.ts';
import { isWaiting } from './job.ts';
import { SILENCE_CHECK_MS } from './limits.ts';

/** `lastSign` is the agent's last sign of life; it counts only while the host is online, and is looked at after `silenceCheckMs`. */
export const nextWake = (
  state: HostState,
  lastSign: Millis,
  silenceCheckMs: Millis = SILENCE_CHECK_MS,
): Millis | null => {
  const times: Millis[] = state.reservations.map((one) => one.expiresAt);
  if (state.connection.state === 'online') times.push(lastSign + silenceCheckMs);
  for (const job of state.jobs) {
    if (job.deadlineAt !== null) times.push(job.deadlineAt);
    if (isWaiting(job)) times.push(...waitEnds(state, job));
  }
  return times.length === 0 ? null : Math.min(...times);
};

const waitEnds = ({ connection, attached }: HostState, job: HostJob): Millis[] => {
  if (job.waitUntil !== null)
    return connection.state === 'offline' || !attached.has(job.deviceKey) ? [job.waitUntil] : [];
  return connection.state === 'offline' ? [connection.graceUntil] : [];
};

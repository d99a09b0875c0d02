/** Tries something a few times with full-jitter back-off, but only where another try can help. */
import { reconnectDelay } from '../live/backoff.ts';
import type { BodyAnswer } from './send-body.ts';

export interface RetryTools {
  random: () => number;
  /** Ends early, and without an error, when the signal aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The first try and six more, about half a minute at most: a restart of the server or a change of network is over by the last one. */
export const TRIES = 7;

/** A server that asks for a longer pause is asked sooner all the same: a person watches. */
const LONGEST_WAIT_MS = 15_000;

/** Refusals stay refusals; a server that is busy or away may be back. */
export const canHelpToRetry = (answer: BodyAnswer): boolean => {
  if (answer.type !== 'answer') return answer.type === 'unreachable';
  // The first sending of a creation whose connection broke is still being worked on.
  if (answer.status === 409) return answer.text.includes('"request.in_flight"');
  return answer.status === 408 || answer.status === 429 || answer.status >= 500;
};

const waitOf = (answer: BodyAnswer, attempt: number, random: () => number): number => {
  const asked = answer.type === 'answer' ? answer.retryAfterSeconds : null;
  if (asked !== null) return Math.min(asked * 1000, LONGEST_WAIT_MS);
  return reconnectDelay(attempt - 1, random());
};

export const withRetries = async (
  send: () => Promise<BodyAnswer>,
  signal: AbortSignal,
  tools: RetryTools,
): Promise<BodyAnswer> => {
  for (let attempt = 1; ; attempt++) {
    const answer = await send();
    if (attempt >= TRIES || !canHelpToRetry(answer)) return answer;
    await tools.sleep(waitOf(answer, attempt, tools.random), signal);
    if (signal.aborted) return { type: 'aborted' };
  }
};

export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });

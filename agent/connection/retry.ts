/** What to do after a connection ended or could not be made: pure, so that every case is a row of a table. */
import { CloseCode, isFatalClose } from '#protocol/agent/connection.ts';
import { assertNever } from '#protocol/assert.ts';
import { CLOCK_SKEW, REVOKED, type Refusal } from './problem.ts';

export type Ending =
  | { type: 'unreachable'; message: string }
  | { type: 'refused'; status: number; refusal: Refusal; retryAfterMs: number | null }
  | { type: 'closed'; code: number; reason: string; welcomedForMs: number | null };

export type Next =
  | { type: 'stop'; reason: string }
  | { type: 'retry'; afterMs: number; failures: number }
  | { type: 'retry_by_server_clock'; serverTime: string };

const FIRST_DELAY_MS = 500;
/** A server that is restarted has all of its agents back within seconds ... */
const MAX_DELAY_MS = 8_000;
/** So many failures make the delay as long. */
const FAILURES_TO_MAX_DELAY = 4;
/** ... and one that stays away, which takes about a minute to be clear, is asked less often. */
const PATIENT_AFTER_FAILURES = 12;
const MAX_PATIENT_DELAY_MS = 30_000;
/** A server may ask for patience, not for good-bye. */
const MAX_RETRY_AFTER_MS = 600_000;
/** A connection that held this long was a good one: the next failure counts from the start. */
const STABLE_AFTER_MS = 10_000;
/** CON5: no version in common will not mend itself soon, but an upgraded server should find its agents again. */
const INCOMPATIBLE_DELAY_MS = 3_600_000;
/** Failures that a replaced agent counts at once: the other one with the same key must not be driven out in turn. */
const REPLACED_FAILURES = PATIENT_AFTER_FAILURES;

/** Full jitter (CON7). */
export const backoffMs = (failures: number, random: () => number): number =>
  random() *
  Math.min(failures < PATIENT_AFTER_FAILURES ? MAX_DELAY_MS : MAX_PATIENT_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);

const retry = (failures: number, random: () => number, retryAfterMs: number | null = null): Next => {
  const suggested = Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
  return { type: 'retry', afterMs: Math.max(backoffMs(failures, random), suggested), failures: failures + 1 };
};

const afterClose = (code: number, welcomedForMs: number | null, failures: number, random: () => number): Next => {
  if (code === CloseCode.revoked) return { type: 'stop', reason: 'the server has revoked this host' };
  if (isFatalClose(code))
    return { type: 'retry', afterMs: INCOMPATIBLE_DELAY_MS * (1 + random() / 4), failures: REPLACED_FAILURES };
  if (code === CloseCode.replaced) return retry(Math.max(failures, REPLACED_FAILURES), random);
  return retry(failuresAfter(welcomedForMs, failures), random);
};

/** A server that welcomes is not one that stays away, however short it was: patience is over. */
const failuresAfter = (welcomedForMs: number | null, failures: number): number => {
  if (welcomedForMs === null) return failures;
  return welcomedForMs >= STABLE_AFTER_MS ? 0 : Math.min(failures, FAILURES_TO_MAX_DELAY);
};

/** `clockWasSet`: the last try already went by the server's clock, so that a second complaint is an ordinary failure. */
export const afterEnding = (ending: Ending, failures: number, clockWasSet: boolean, random: () => number): Next => {
  switch (ending.type) {
    case 'unreachable':
      return retry(failures, random);
    case 'closed':
      return afterClose(ending.code, ending.welcomedForMs, failures, random);
    case 'refused': {
      const { type, server_time: serverTime } = ending.refusal;
      if (type === REVOKED) return { type: 'stop', reason: 'the server has revoked this host' };
      if (type === CLOCK_SKEW && serverTime !== null && !clockWasSet)
        return { type: 'retry_by_server_clock', serverTime };
      return retry(failures, random, ending.retryAfterMs);
    }
    default:
      return assertNever(ending);
  }
};

export const endingText = (ending: Ending): string => {
  switch (ending.type) {
    case 'unreachable':
      return ending.message;
    case 'closed':
      return `closed with ${ending.code}${ending.reason === '' ? '' : `: ${ending.reason}`}`;
    case 'refused':
      return `refused with ${ending.status}: ${ending.refusal.detail ?? ending.refusal.type}`;
    default:
      return assertNever(ending);
  }
};

/** How an action ends, in one place, so that texts keep their bounds and a cancel never looks like a failure. */
import type { ResultReason } from '#protocol/agent/to-server.ts';
import { MAX_DETAILS_CHARACTERS, MAX_MESSAGE_CHARACTERS } from '#protocol/limits.ts';
import type { ActionOutcome } from './action.ts';

type Extra = { exitCode?: number | null; details?: string | null };

const clip = (text: string, max: number): string => {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
};

/** The end of a text says most about a failure. */
export const tailOf = (text: string, max = MAX_DETAILS_CHARACTERS): string | null => {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (trimmed.length <= max) return trimmed;
  const cut = trimmed.slice(1 - max);
  return `…${cut.isWellFormed() ? cut : cut.slice(1)}`;
};

const outcome = (
  ends: ActionOutcome['outcome'],
  reason: ResultReason,
  message: string,
  extra: Extra,
): ActionOutcome => ({
  outcome: ends,
  reason,
  exit_code: extra.exitCode ?? null,
  message: clip(message.toWellFormed(), MAX_MESSAGE_CHARACTERS),
  details: tailOf((extra.details ?? '').toWellFormed()),
});

export const completed = (message: string, extra: Extra & { reason?: ResultReason } = {}): ActionOutcome =>
  outcome('completed', extra.reason ?? 'ok', message, extra);

export const failed = (reason: ResultReason, message: string, extra: Extra = {}): ActionOutcome =>
  outcome('failed', reason, message, extra);

/** The outcome of a job whose signal was aborted. */
export const aborted = (run: { signal: AbortSignal; timeoutSeconds: number }, extra: Extra = {}): ActionOutcome =>
  run.signal.reason === 'timed_out'
    ? failed('timed_out', `ended by the time limit of ${run.timeoutSeconds} s`, extra)
    : outcome('canceled', 'canceled', 'canceled while it was being worked on', extra);

/** Refusals over HTTP, as far as the agent reads them. */
import { z } from 'zod';

export const CLOCK_SKEW = 'agent.clock_skew';
export const REVOKED = 'agent.revoked';

export const Refusal = z.object({
  type: z.string().max(200).catch('about:blank'),
  detail: z.string().max(2000).nullable().catch(null),
  server_time: z.iso.datetime().nullable().catch(null),
});
export type Refusal = z.infer<typeof Refusal>;

const none: Refusal = { type: 'about:blank', detail: null, server_time: null };

export const parseRefusal = (body: string): Refusal => {
  try {
    const parsed = Refusal.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : none;
  } catch {
    return none;
  }
};

/** A body is read this far: a problem is a few hundred bytes. */
export const MAX_REFUSAL_BYTES = 16 * 1024;

/** `Retry-After` in its two forms, seconds and a date; null when absent or unreadable. */
export const parseRetryAfter = (value: string | null | undefined, nowMs: number): number | null => {
  if (value === null || value === undefined || value.trim() === '') return null;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isFinite(date) ? Math.max(0, date - nowMs) : null;
};

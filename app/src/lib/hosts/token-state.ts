import type { EnrollmentToken } from '#protocol/http/hosts.ts';

/** Whether a machine could still join with it. */
export const isUsable = (token: Pick<EnrollmentToken, 'expires_at' | 'uses' | 'max_uses'>, now: number): boolean =>
  Date.parse(token.expires_at) > now && (token.max_uses === null || token.uses < token.max_uses);

/** What locks and what can be done about them are called. */
import type { Lock } from '#protocol/http/hosts.ts';
import type { LockChoice } from './lock-choices.ts';

export const choiceLabels: Record<LockChoice, string> = {
  reserve: 'Reserve',
  extend: 'Extend',
  release: 'Release',
  take_over: 'Take over',
};

/** Null where it is in use, and by what is not known. */
export const lockSummary = (lock: Lock | null): string => {
  if (lock === null) return 'In use';
  if (lock.holder === 'user') return `Reserved by ${lock.name}`;
  const next = lock.reserved_by === null ? '' : `, then reserved by ${lock.reserved_by.name}`;
  return `In use by deployment ${lock.name}${next}`;
};

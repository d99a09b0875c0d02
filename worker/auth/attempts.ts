/**
 * Limits on guessing, by account and by address, counted in D1 so that every isolate sees them. A window starts with its first
 * failure and ends by itself.
 */
import type { Statement } from '#database/database.ts';
import { findAttempts, recordFailure } from '#database/login-attempts.repository.ts';
import type { RequestContext } from '../context.ts';
import { type Refusal, tooMany } from '../http/problem.ts';

const WINDOW_MS = 15 * 60 * 1000;

/** A person who mistypes needs a few; ten guesses in a quarter of an hour find no password worth the name. */
const ACCOUNT_LIMIT = 10;

/** Several people may share an address. */
const ADDRESS_LIMIT = 30;

export type Subject = { key: string; limit: number };

export const accountSubject = (username: string): Subject => ({ key: `account:${username}`, limit: ACCOUNT_LIMIT });

/** `purpose` keeps failed enrollments from locking people out who share the address. */
export const addressSubject = (purpose: 'login' | 'enroll', address: string | null): Subject => ({
  key: `${purpose}:${address ?? 'unknown'}`,
  limit: ADDRESS_LIMIT,
});

/** A refusal when any of the subjects has failed too often. */
export const checkAttempts = async (context: RequestContext, subjects: Subject[]): Promise<Refusal | null> => {
  const now = context.now.toISOString();
  const keys = subjects.map(({ key }) => key);
  const windows = await findAttempts(context.db, keys, now);
  const limits = new Map(subjects.map(({ key, limit }) => [key, limit]));
  const ends = windows
    .filter(({ subject, failures }) => failures >= (limits.get(subject) ?? ACCOUNT_LIMIT))
    .map(({ window_ends_at }) => Date.parse(window_ends_at));
  if (ends.length === 0) return null;
  const seconds = Math.max(1, Math.ceil((Math.max(...ends) - context.now.getTime()) / 1000));
  return tooMany('auth.too_many_attempts', `Too many failed attempts; try again in ${seconds} s.`, seconds);
};

export const countFailure = (context: RequestContext, subject: Subject): Statement => {
  const now = context.now.toISOString();
  return recordFailure(context.db, subject.key, now, new Date(context.now.getTime() + WINDOW_MS).toISOString());
};

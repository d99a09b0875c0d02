/**
 * Secrets in an edit. Answers leave them out, so what comes back has none: a secret without a value stands for the one that is
 * stored under its name. While the edit is checked, a value that passes stands in its place.
 */
import { z } from 'zod';
import { SecretValue, secretsIn } from '#protocol/environment.ts';
import type { Action, Spec } from '#protocol/spec.ts';

const STAND_IN = 'kept as it is stored';

const WithEnvironment = z.looseObject({ env: z.record(z.string(), z.unknown()) });

const storedSecrets = (action: Action): Map<string, SecretValue> =>
  new Map(secretsIn('env' in action ? action.env : {}));

const isWithoutValue = (value: unknown): boolean => {
  const secret = SecretValue.safeParse(value);
  return secret.success && secret.data.value === undefined;
};

export type Asked = { action: unknown; kept: ReadonlySet<string> };

/** The action of an edit, to be checked, and the names of the secrets that stay. */
export const withStandIns = (action: unknown, stored: Action): Asked => {
  const given = WithEnvironment.safeParse(action);
  if (!given.success) return { action, kept: new Set() };
  const secrets = storedSecrets(stored);
  const entries = Object.entries(given.data.env);
  const kept = new Set(entries.flatMap(([name, value]) => (secrets.has(name) && isWithoutValue(value) ? [name] : [])));
  const env = entries.map(([name, value]) => [name, kept.has(name) ? { secret: true, value: STAND_IN } : value]);
  return { action: { ...given.data, env: Object.fromEntries(env) }, kept };
};

/** Puts the stored secrets, which are sealed, in the places that were kept for them. */
export const withStored = <Given extends Pick<Spec, 'action'>>(
  spec: Given,
  stored: Action,
  kept: ReadonlySet<string>,
): Given => {
  const { action } = spec;
  if (action.kind !== 'command' && action.kind !== 'script') return spec;
  const secrets = storedSecrets(stored);
  const env = Object.entries(action.env).map(([name, value]) => [
    name,
    kept.has(name) ? (secrets.get(name) ?? value) : value,
  ]);
  return { ...spec, action: { ...action, env: Object.fromEntries(env) } };
};

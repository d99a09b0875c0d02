/** Environment variables of a command or script, secret ones among them. */
import { z } from 'zod';
import { Environment, EnvironmentName, EnvironmentText } from './text.ts';
import { utf8Length } from './utf8.ts';

/**
 * A value that nobody is shown again: encrypted where it is stored, masked in output. `value` is what a person gave, or what
 * the server sealed it to; answers leave it out.
 */
export const SecretValue = z.strictObject({ secret: z.literal(true), value: EnvironmentText.optional() });
export type SecretValue = z.infer<typeof SecretValue>;

export const SpecEnvironment = z
  .record(EnvironmentName, z.union([EnvironmentText, SecretValue]))
  .refine((env) => Object.keys(env).length <= 200, 'at most 200 variables');
export type SpecEnvironment = z.infer<typeof SpecEnvironment>;

export const secretsIn = (env: SpecEnvironment): [string, SecretValue][] =>
  Object.entries(env).flatMap(([name, value]): [string, SecretValue][] =>
    typeof value === 'string' ? [] : [[name, value]],
  );

/** Shorter ones would be found everywhere in output, and hide nothing that could not be guessed. */
export const MIN_SECRET_CHARACTERS = 4;

/** As stored, a third larger and with some bytes more, it still fits where a plain value does. */
export const MAX_SECRET_BYTES = 16 * 1024;

/** What is wrong with a secret that a person gives; null when nothing is. */
export const secretIssue = (value: string | undefined): string | null => {
  if (value === undefined) return 'give the secret value: it is not kept in readable form';
  if (value.trim().length < MIN_SECRET_CHARACTERS) return `must be at least ${MIN_SECRET_CHARACTERS} characters`;
  return utf8Length(value) <= MAX_SECRET_BYTES ? null : `must be at most ${MAX_SECRET_BYTES} bytes`;
};

/** What a job carries: plain text for all, and the names of those whose values must not appear in output. */
export const jobEnvironmentShape = {
  env: Environment,
  secret_env: z.array(EnvironmentName).max(200).default([]),
};

type JobEnvironment = { env: Record<string, string>; secret_env: string[] };

export const jobEnvironment = (env: SpecEnvironment): JobEnvironment => ({
  env: Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, typeof value === 'string' ? value : (value.value ?? '')]),
  ),
  secret_env: secretsIn(env).map(([name]) => name),
});

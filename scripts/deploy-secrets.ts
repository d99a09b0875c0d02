/**
 * The key that stored secrets are sealed with, made when there is none yet and never again: another one would open nothing of what is
 * stored. It goes up with the Worker, so that no version of it ever runs without.
 */
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { API_CONFIG } from './deploy-files.ts';
import { fromRoot } from './paths.ts';
import { type WranglerRun, wrangler } from './wrangler.ts';

const SECRETS_KEY = 'DEPLOYX_SECRETS_KEY';
const KEY_BYTES = 32;
const FILE = fromRoot('.cache/deploy/secrets.json');

const Secrets = z.array(z.object({ name: z.string() }));

/** What `wrangler secret list` said. A Worker that does not exist yet has no key; any other failure says nothing, and ends it. */
export function hasSecretsKey({ ok, stdout, output }: WranglerRun): boolean {
  if (ok) return Secrets.parse(JSON.parse(stdout)).some(({ name }) => name === SECRETS_KEY);
  if (/Worker "[^"]*" not found/.test(output)) return false;
  throw new Error(`wrangler secret list failed:\n${output.trim()}`);
}

export const listSecrets = (): WranglerRun => wrangler(['secret', 'list', '-c', API_CONFIG, '--format', 'json']);

/** Calls with the arguments that give the Worker a new key; the file that they name is gone afterwards. */
export function withNewSecretsKey<T>(use: (args: string[]) => T): T {
  writeFileSync(FILE, JSON.stringify({ [SECRETS_KEY]: randomBytes(KEY_BYTES).toString('base64url') }), { mode: 0o600 });
  try {
    return use(['--secrets-file', FILE]);
  } finally {
    rmSync(FILE, { force: true });
  }
}

/**
 * The key that stored secrets are sealed with, made at the first start. It lies in the data folder, so that a copy of the folder is
 * whole; whoever loses it has to give the secrets again.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY_BYTES = 32;

/** What `randomBytes(KEY_BYTES)` comes to; anything else was damaged. */
const KEY = /^[\w-]{43}$/;

export function ensureSecretsKey(dataDir: string): string {
  const file = join(dataDir, 'secrets.key');
  const known = read(file);
  if (known !== undefined) return known;
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('base64url')}\n`, { mode: 0o600, flush: true });
  // Whole or not there.
  renameSync(draft, file);
  return ensureSecretsKey(dataDir);
}

function read(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  if (KEY.test(text)) return text;
  throw new Error(`${file} holds no key; put the file from a backup back, or remove it to lose the stored secrets`);
}

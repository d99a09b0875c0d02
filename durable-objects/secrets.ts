/**
 * Text that is stored and must not be readable where it is stored. It is sealed by the worker before anything is written, and opened
 * by the HostObject alone, in the moment in which it hands a job to its agent: synchronously, which is why it is not WebCrypto.
 * All keys come from one secret of the installation, each for one purpose.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { JobAction } from '#protocol/agent/job.ts';
import type { Spec } from '#protocol/spec.ts';
import { mapSecrets } from '#protocol/spec-secrets.ts';
import type { Env } from './env.ts';

/** Says how the rest is to be read: another cipher or key gets another one. */
const VERSION = 'sealed:v1:';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What `npm start` and `npm run deploy` make has 43; less than this was typed by somebody. */
const LEAST_KEY_CHARACTERS = 32;

/** A key of its own for each purpose, so that what one gives away says nothing about another. */
export const keyFor = (env: Pick<Env, 'DEPLOYX_SECRETS_KEY'>, purpose: 'seal' | 'report-links'): Buffer => {
  const secret = env.DEPLOYX_SECRETS_KEY ?? '';
  if (secret.length < LEAST_KEY_CHARACTERS)
    throw new Error(`DEPLOYX_SECRETS_KEY must be set, to at least ${LEAST_KEY_CHARACTERS} random characters`);
  return createHmac('sha256', secret).update(purpose).digest();
};

export const sealText = (text: string, key: Buffer): string => {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return VERSION + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
};

/** Null when the text was sealed by another key, was changed, or is no sealed text. */
export const openText = (sealed: string, key: Buffer): string | null => {
  if (!sealed.startsWith(VERSION)) return null;
  const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return text.toString('utf8');
  } catch {
    return null;
  }
};

/** For a spec as a person gave it, once, before it is stored. What is read back from the record is sealed already. */
export const sealSpec = <Given extends Pick<Spec, 'action'>>(env: Env, spec: Given): Given =>
  mapSecrets(spec, (secret) => ({ secret: true, value: sealText(secret.value ?? '', keyFor(env, 'seal')) }));

export type OpenedAction = { ok: true; action: JobAction } | { ok: false; message: string };

/** What the agent is to get. */
export const openAction = (env: Env, action: JobAction): OpenedAction => {
  if (action.kind !== 'command' && action.kind !== 'script') return { ok: true, action };
  if (action.secret_env.length === 0) return { ok: true, action };
  const opened: Record<string, string> = {};
  for (const name of action.secret_env) {
    const text = openText(action.env[name] ?? '', keyFor(env, 'seal'));
    if (text === null)
      return { ok: false, message: `the secret ${name} cannot be opened: this system's secrets key is another one` };
    opened[name] = text;
  }
  return { ok: true, action: { ...action, env: { ...action.env, ...opened } } };
};

/** Passwords by scrypt. The parameters are stored with the hash, so that raising them leaves old hashes valid. */
import { scrypt, timingSafeEqual } from 'node:crypto';

/** About 40 ms of CPU and 16 MiB: OWASP's floor for what a Worker can spend on a sign-in. */
const PARAMETERS = { N: 16_384, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

type Parameters = { N: number; r: number; p: number };

const derive = (password: string, salt: Uint8Array, parameters: Parameters): Promise<Uint8Array> =>
  new Promise((resolve, reject) =>
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { ...parameters, maxmem: 256 * 1024 * 1024 }, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    ),
  );

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export const hashPassword = async (password: string, randomBytes: (length: number) => Uint8Array): Promise<string> => {
  const salt = randomBytes(SALT_BYTES);
  const { N, r, p } = PARAMETERS;
  return ['scrypt', N, r, p, toBase64(salt), toBase64(await derive(password, salt, PARAMETERS))].join('$');
};

type Stored = { parameters: Parameters; salt: Uint8Array; hash: Uint8Array };

const parseStored = (stored: string): Stored | null => {
  const [scheme, N, r, p, salt, hash] = stored.split('$');
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined) return null;
  const parameters = { N: Number(N), r: Number(r), p: Number(p) };
  return { parameters, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
};

/** What is compared against when there is no such user, so that the answer takes as long as for one that exists. */
const NOBODY: Stored = { parameters: PARAMETERS, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) };

/** `stored` is null for an unknown user: the work is done all the same, and the answer is no. */
export const verifyPassword = async (password: string, stored: string | null): Promise<boolean> => {
  const parsed = stored === null ? null : parseStored(stored);
  const { parameters, salt, hash } = parsed ?? NOBODY;
  const derived = await derive(password, salt, parameters);
  return parsed !== null && derived.byteLength === hash.byteLength && timingSafeEqual(derived, hash);
};

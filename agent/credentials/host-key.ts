/** The host key: an Ed25519 pair whose private half never leaves the state folder (ENR1). */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, readFile, stat } from 'node:fs/promises';
import { PublicKey } from '#protocol/agent/connection.ts';
import { errorCode } from '../log.ts';
import { PRIVATE_FILE_MODE, writeFileAtomically } from '../state/write-file.ts';

export type HostKey = { privateKey: KeyObject; publicKey: string };

const hostKey = (privateKey: KeyObject): HostKey => ({
  privateKey,
  publicKey: PublicKey.parse(createPublicKey(privateKey).export({ format: 'jwk' }).x),
});

/** Null when there is none yet. */
export const loadHostKey = async (path: string): Promise<HostKey | null> => {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) await chmod(path, PRIVATE_FILE_MODE);
  try {
    return hostKey(createPrivateKey(pem));
  } catch {
    throw new Error(`${path} is not an Ed25519 private key; move it away and enroll again`);
  }
};

/** The key is durable before anyone hears of it, so that enrolling twice is the same host. */
export const loadOrMakeHostKey = async (path: string): Promise<HostKey> => {
  const existing = await loadHostKey(path);
  if (existing !== null) return existing;
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFileAtomically(path, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  return hostKey(privateKey);
};

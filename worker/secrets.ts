/** Secrets: tokens as opaque random text, their hashes for the database, and text encrypted under a secret that is not stored. */
const encoder = new TextEncoder();

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const toHex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export const sha256Hex = async (text: string): Promise<string> =>
  toHex(await crypto.subtle.digest('SHA-256', encoder.encode(text)));

/** 32 random bytes behind a prefix that tells people and secret scanners what it is. */
export const newSecret = (prefix: string, randomBytes: (length: number) => Uint8Array): string =>
  `${prefix}_${toBase64Url(randomBytes(32))}`;

const keyFrom = async (secret: string): Promise<CryptoKey> => {
  const material = await crypto.subtle.digest('SHA-256', encoder.encode(`encrypt:${secret}`));
  return crypto.subtle.importKey('raw', material, 'AES-GCM', false, ['encrypt', 'decrypt']);
};

export const encryptText = async (text: string, secret: string, iv: Uint8Array): Promise<Uint8Array> => {
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyFrom(secret), encoder.encode(text));
  const bytes = new Uint8Array(iv.byteLength + sealed.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(sealed), iv.byteLength);
  return bytes;
};

const IV_BYTES = 12;

export const decryptText = async (sealed: Uint8Array, secret: string): Promise<string> => {
  const iv = sealed.slice(0, IV_BYTES);
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await keyFrom(secret), sealed.slice(IV_BYTES));
  return new TextDecoder().decode(plain);
};

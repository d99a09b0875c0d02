/** `Content-Disposition` for downloads: always an attachment, so that no browser runs what somebody uploaded (RFC 6266). */

const isPlain = (character: string): boolean => /[\x20-\x7e]/.test(character) && !/["\\%]/.test(character);

/** What `encodeURIComponent` leaves alone and RFC 8187 does not. */
const percentEncode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export const attachment = (filename: string): string => {
  const plain = [...filename].map((character) => (isPlain(character) ? character : '_')).join('');
  if (plain === filename) return `attachment; filename="${plain}"`;
  // `toWellFormed`: half of a surrogate pair cannot be encoded.
  return `attachment; filename="${plain}"; filename*=UTF-8''${percentEncode(filename.toWellFormed())}`;
};

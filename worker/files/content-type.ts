/** A content type that is safe to keep and to send back as a header; what it says is not checked, and never trusted. */

const UNKNOWN_TYPE = 'application/octet-stream';

export const storedContentType = (sent: string | null | undefined): string => {
  const text = sent?.trim() ?? '';
  return /^[\x20-\x7e]{1,200}$/.test(text) ? text : UNKNOWN_TYPE;
};

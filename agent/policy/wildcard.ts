/** Whole-text match with `*`; in one pass, so that no text from outside can make it slow, as an expression could be. */

/**
 * Each fixed part is taken where it comes first: what a later place would leave before it, an earlier one leaves
 * behind it, and both have to be fit for a wildcard.
 */
export const wildcardMatches = (
  pattern: string,
  text: string,
  fits: (gap: string) => boolean = () => true,
): boolean => {
  const parts = pattern.split('*');
  const first = parts.shift() ?? '';
  const last = parts.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, position);
    if (found < 0 || !fits(text.slice(position, found))) return false;
    position = found + part.length;
  }
  const end = text.length - last.length;
  return end >= position && text.endsWith(last) && fits(text.slice(position, end));
};

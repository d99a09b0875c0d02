/** How plain text is looked for in a line, on the server and in the view alike. */

const escapeForRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** A regular expression folds case without changing lengths, which `toLowerCase` does for some letters. */
export const matcherOf = (needle: string, caseSensitive: boolean): RegExp =>
  new RegExp(escapeForRegExp(needle), caseSensitive ? 'g' : 'gi');

/** Begin and end of each match, at most `most` of them. */
export const rangesIn = (text: string, matcher: RegExp, most: number): [number, number][] => {
  const ranges: [number, number][] = [];
  matcher.lastIndex = 0;
  for (let match = matcher.exec(text); match !== null && ranges.length < most; match = matcher.exec(text))
    ranges.push([match.index, match.index + match[0].length]);
  return ranges;
};

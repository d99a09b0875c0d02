/** Splits a line into words as a POSIX shell does for quotes and backslashes, expanding nothing; null when a quote stays open. */
export const splitArguments = (line: string): string[] | null => {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index);
    if (quote === null && /\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === '\\' && quote !== "'" && index + 1 < line.length) {
      word = (word ?? '') + line.charAt(++index);
    } else if (quote === null && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (character === quote) {
      quote = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== null) return null;
  if (word !== null) words.push(word);
  return words;
};

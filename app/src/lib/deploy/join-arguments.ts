/** Writes an argument vector as one line that `splitArguments` reads back to the same words. */
const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`);

export const joinArguments = (words: readonly string[]): string => words.map(quote).join(' ');

/** Keeps the end of a text that comes in pieces, in bounded memory. */
export type TextTail = { add: (text: string) => void; text: () => string };

export const makeTextTail = (maxCharacters: number): TextTail => {
  let kept = '';
  return {
    add: (text) => {
      kept += text;
      // Cut only when it has doubled, so that many small pieces do not each copy the whole.
      if (kept.length > maxCharacters * 2) kept = kept.slice(-maxCharacters);
    },
    text: () => kept.slice(-maxCharacters),
  };
};

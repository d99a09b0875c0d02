/** What the Tab key does to a text in which something is selected: pure, so that the editor only carries it out. */
export interface Edit {
  /** This part of the text is replaced. */
  from: number;
  to: number;
  text: string;
  /** What is selected afterwards. */
  selection: [start: number, end: number];
}

export const INDENT = '  ';

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

/** On one line it inserts, on several it moves them all. */
export const indent = (text: string, start: number, end: number): Edit => {
  if (!text.slice(start, end).includes('\n'))
    return { from: start, to: end, text: INDENT, selection: [start + INDENT.length, start + INDENT.length] };
  const from = lineStart(text, start);
  const lines = text.slice(from, end).split('\n');
  const moved = lines.map((line) => (line === '' ? line : INDENT + line)).join('\n');
  return { from, to: end, text: moved, selection: [from, from + moved.length] };
};

/** Takes up to one step away from every line that is touched; null when none begins with a blank. */
export const outdent = (text: string, start: number, end: number): Edit | null => {
  const from = lineStart(text, start);
  const old = text.slice(from, end);
  const rest = text.slice(end);
  // A caret before the blanks of its line still means that line.
  const whole = old + (rest.match(/^[^\n]*/)?.[0] ?? '');
  const moved = whole
    .split('\n')
    .map((line) => line.replace(/^(?: {1,2}|\t)/, ''))
    .join('\n');
  if (moved === whole) return null;
  const gone = whole.length - moved.length;
  const single = !old.includes('\n');
  const caret = Math.max(from, start - gone);
  const selection: Edit['selection'] = single
    ? [caret, Math.max(caret, end - gone)]
    : [from, Math.max(from, end - gone)];
  return { from, to: from + whole.length, text: moved, selection };
};

/** What differs between two texts, line by line: the longest common subsequence, with what both begin and end with set aside first. */
export type DiffLine = {
  type: 'same' | 'added' | 'removed';
  text: string;
  before: number | null;
  after: number | null;
};

/** Comparing every line with every line; a pair of texts beyond it is shown as one replaced by the other. */
const MAX_CELLS = 4_000_000;

type Kind = DiffLine['type'];

const commonLength = (before: readonly string[], after: readonly string[]): number => {
  const shorter = Math.min(before.length, after.length);
  let length = 0;
  while (length < shorter && before[length] === after[length]) length++;
  return length;
};

/** How many lines of the two rests are common, for each pair of places. */
const commonTable = (before: readonly string[], after: readonly string[]): Uint32Array => {
  const width = after.length + 1;
  const table = new Uint32Array((before.length + 1) * width);
  for (let row = before.length - 1; row >= 0; row--)
    for (let column = after.length - 1; column >= 0; column--)
      table[row * width + column] =
        before[row] === after[column]
          ? (table[(row + 1) * width + column + 1] ?? 0) + 1
          : Math.max(table[(row + 1) * width + column] ?? 0, table[row * width + column + 1] ?? 0);
  return table;
};

const repeat = (kind: Kind, count: number): Kind[] => Array.from({ length: count }, () => kind);

const middleKinds = (before: readonly string[], after: readonly string[]): Kind[] => {
  if (before.length * after.length > MAX_CELLS)
    return [...repeat('removed', before.length), ...repeat('added', after.length)];
  const table = commonTable(before, after);
  const width = after.length + 1;
  const kinds: Kind[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length && column < after.length) {
    const same = before[row] === after[column];
    const removed = (table[(row + 1) * width + column] ?? 0) >= (table[row * width + column + 1] ?? 0);
    kinds.push(same ? 'same' : removed ? 'removed' : 'added');
    if (same || removed) row++;
    if (same || !removed) column++;
  }
  return [...kinds, ...repeat('removed', before.length - row), ...repeat('added', after.length - column)];
};

const numbered = (kinds: readonly Kind[], before: readonly string[], after: readonly string[]): DiffLine[] => {
  let row = 0;
  let column = 0;
  return kinds.map((type) => {
    const text = (type === 'added' ? after[column] : before[row]) ?? '';
    const beforeNumber = type === 'added' ? null : ++row;
    const afterNumber = type === 'removed' ? null : ++column;
    return { type, text, before: beforeNumber, after: afterNumber };
  });
};

export const lineDiff = (beforeText: string, afterText: string): DiffLine[] => {
  const before = beforeText.split('\n');
  const after = afterText.split('\n');
  const head = commonLength(before, after);
  const tail = commonLength(before.slice(head).reverse(), after.slice(head).reverse());
  const middle = middleKinds(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return numbered([...repeat('same', head), ...middle, ...repeat('same', tail)], before, after);
};

export type DiffHunk = {
  key: number;
  lines: DiffLine[] /** Equal lines before it that are not shown. */;
  hidden: number;
};

const CONTEXT_LINES = 3;

/** The changed lines with a few around them. */
export const hunksOf = (lines: readonly DiffLine[]): DiffHunk[] => {
  const hunks: DiffHunk[] = [];
  let hidden = 0;
  lines.forEach((line, index) => {
    const near = lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1);
    if (near.every(({ type }) => type === 'same')) {
      hidden++;
      return;
    }
    const last = hunks.at(-1);
    if (last === undefined || hidden > 0) hunks.push({ key: index, lines: [line], hidden });
    else last.lines.push(line);
    hidden = 0;
  });
  return hunks;
};

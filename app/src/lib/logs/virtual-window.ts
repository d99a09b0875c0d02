/** Which rows of a long list are to be drawn. Rows are of one height; a few may be taller by what they have unfolded. */

export interface Extra {
  index: number;
  height: number;
}

export interface WindowInput {
  count: number;
  rowHeight: number;
  scrollTop: number;
  viewportHeight: number;
  /** Rows drawn beyond each edge, so that a flick of the wheel meets no blank. */
  overscan: number;
  /** Sorted by index. */
  extras?: readonly Extra[];
}

export interface VirtualWindow {
  start: number;
  end: number;
  /** Height of what is not drawn before and after. */
  before: number;
  after: number;
  total: number;
}

const extraBefore = (extras: readonly Extra[], index: number): number => {
  let sum = 0;
  for (const extra of extras) {
    if (extra.index >= index) break;
    sum += extra.height;
  }
  return sum;
};

export const topOf = (index: number, rowHeight: number, extras: readonly Extra[] = []): number =>
  index * rowHeight + extraBefore(extras, index);

/** The row at a distance from the top. */
const rowAt = (position: number, rowHeight: number, extras: readonly Extra[]): number => {
  let shift = 0;
  for (const extra of extras) {
    const bottom = (extra.index + 1) * rowHeight + shift + extra.height;
    if (bottom > position) {
      const plain = Math.floor((position - shift) / rowHeight);
      return Math.min(plain, extra.index);
    }
    shift += extra.height;
  }
  return Math.floor((position - shift) / rowHeight);
};

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

export const windowOf = (input: WindowInput): VirtualWindow => {
  const { count, rowHeight, viewportHeight, overscan, extras = [] } = input;
  const total = topOf(count, rowHeight, extras);
  const scrollTop = clamp(input.scrollTop, 0, Math.max(0, total - viewportHeight));
  const first = rowAt(scrollTop, rowHeight, extras);
  const last = rowAt(scrollTop + viewportHeight, rowHeight, extras);
  const start = clamp(first - overscan, 0, count);
  const end = clamp(last + 1 + overscan, start, count);
  return { start, end, before: topOf(start, rowHeight, extras), after: total - topOf(end, rowHeight, extras), total };
};

/**
 * Where a long list stands, as a line and a distance into it, apart from the scroll bar: a browser's boxes end at some millions
 * of pixels, and lines that are not loaded have a height that nobody knows. Small movements are exact in pixels; a jump of the
 * scroll bar is a fraction of all lines. Pure, so that it can be tested without a browser.
 */

export interface Lines {
  count: number;
  /** In pixels; of one row for a line that is not loaded. */
  heightOf: (line: number) => number;
}

export interface Anchor {
  line: number;
  /** How far the top edge of the view is below the top of the line, in pixels. */
  into: number;
}

export const TOP: Anchor = Object.freeze({ line: 0, into: 0 });

/** Browsers stop at 17 to 33 million pixels. */
export const MAX_TRACK_PIXELS = 10_000_000;

/** With the last line at the lower edge of the view. */
export const bottomOf = (lines: Lines, viewport: number): Anchor => {
  let missing = viewport;
  for (let line = lines.count - 1; line >= 0; line--) {
    missing -= lines.heightOf(line);
    if (missing <= 0) return { line, into: 0 - missing };
  }
  return TOP;
};

const isBelow = (one: Anchor, other: Anchor): boolean =>
  one.line > other.line || (one.line === other.line && one.into > other.into);

/** Never below the end, nor into a line further than it is tall. */
export const clamped = (anchor: Anchor, lines: Lines, viewport: number): Anchor => {
  const bottom = bottomOf(lines, viewport);
  if (isBelow(anchor, bottom)) return bottom;
  return { line: anchor.line, into: Math.min(anchor.into, Math.max(0, lines.heightOf(anchor.line) - 1)) };
};

export const movedBy = (anchor: Anchor, pixels: number, lines: Lines, viewport: number): Anchor => {
  let { line } = anchor;
  let into = anchor.into + pixels;
  while (into < 0 && line > 0) {
    line--;
    into += lines.heightOf(line);
  }
  if (into < 0) return TOP;
  for (let height = lines.heightOf(line); into >= height && line + 1 < lines.count; height = lines.heightOf(line)) {
    into -= height;
    line++;
  }
  return clamped({ line, into }, lines, viewport);
};

const positionOf = ({ line, into }: Anchor, lines: Lines): number => line + into / Math.max(1, lines.heightOf(line));

/** `track` is the height of the scrolled box. */
export const scrollTopOf = (anchor: Anchor, lines: Lines, viewport: number, track: number): number => {
  const last = positionOf(bottomOf(lines, viewport), lines);
  return last <= 0 ? 0 : Math.min(1, positionOf(anchor, lines) / last) * Math.max(0, track - viewport);
};

export const anchorAt = (scrollTop: number, lines: Lines, viewport: number, track: number): Anchor => {
  const room = track - viewport;
  if (room <= 0 || scrollTop <= 0) return TOP;
  const bottom = bottomOf(lines, viewport);
  if (scrollTop >= room - 1) return bottom;
  const position = (scrollTop / room) * positionOf(bottom, lines);
  const line = Math.floor(position);
  return clamped({ line, into: (position - line) * lines.heightOf(line) }, lines, viewport);
};

/** With a line in the middle of the view. */
export const centeredOn = (line: number, into: number, lines: Lines, viewport: number): Anchor =>
  movedBy({ line, into: 0 }, into - viewport / 2, lines, viewport);

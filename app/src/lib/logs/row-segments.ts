/** Cuts one row into pieces of one look: where the style changes and where a match begins or ends. */
import type { ShownLine } from './line-pages.ts';
import type { Match } from './log-search.ts';
import { PLAIN, type Style } from './style.ts';

export interface Segment {
  text: string;
  style: Style;
  mark: 'none' | 'match' | 'current';
}

const cutsOf = (
  line: Pick<ShownLine, 'text' | 'runs'>,
  from: number,
  to: number,
  matches: readonly Match[],
): number[] => {
  const cuts = new Set([from, to]);
  for (const run of line.runs ?? []) cuts.add(run.end);
  for (const match of matches) cuts.add(match.from).add(match.to);
  return [...cuts].filter((cut) => cut >= from && cut <= to).sort((a, b) => a - b);
};

const isSame = (one: Match, other: Match | null): boolean => one.line === other?.line && one.from === other.from;

/** Walks runs and matches along with the cuts, so that a line of many colors costs no more than its length. */
export const segmentsOf = (
  line: Pick<ShownLine, 'text' | 'runs'>,
  from: number,
  to: number,
  matches: readonly Match[],
  current: Match | null,
): Segment[] => {
  if (from === to) return [];
  const cuts = cutsOf(line, from, to, matches);
  const segments: Segment[] = [];
  let run = 0;
  let next = 0;
  for (let index = 0; index + 1 < cuts.length; index++) {
    const start = cuts[index] ?? from;
    while ((line.runs?.[run]?.end ?? Number.POSITIVE_INFINITY) <= start) run++;
    while ((matches[next]?.to ?? Number.POSITIVE_INFINITY) <= start) next++;
    const match = matches[next];
    const isMarked = match !== undefined && match.from <= start;
    segments.push({
      text: line.text.slice(start, cuts[index + 1]),
      style: line.runs?.[run]?.style ?? PLAIN,
      mark: !isMarked ? 'none' : isSame(match, current) ? 'current' : 'match',
    });
  }
  return segments;
};

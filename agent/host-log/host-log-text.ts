/** What is written for lines of a host's log, with a line of the agent's own where some are missing (HLOG4). Pure. */
import type { HostLogLine } from '#protocol/agent/to-agent.ts';
import { formatHostLogLine } from '#protocol/host-log.ts';
import type { HostId } from '#protocol/ids.ts';

export type HostLogEntry = { hostId: HostId; line: HostLogLine };

/** How far a host's log has come: numbers belong to a host (HLOG5). */
export type HostLogPlace = {
  hostId: HostId | null;
  seq: number;
  /** The latest time of a line so far. */
  latestMs: number;
};

/** The place as that host sees it. */
export const placeFor = (hostId: HostId, place: HostLogPlace): HostLogPlace =>
  place.hostId === hostId ? place : { hostId, seq: 0, latestMs: 0 };

export const stepTo = ({ hostId, line }: HostLogEntry, before: HostLogPlace): HostLogPlace => ({
  hostId,
  seq: line.seq,
  latestMs: Math.max(placeFor(hostId, before).latestMs, Date.parse(line.at)),
});

const gapLine = (at: string, missing: number): string => {
  const [lines, are] = missing === 1 ? ['line', 'is'] : ['lines', 'are'];
  const text = `${missing} ${lines} before this one ${are} missing here: more was missed than the server sends again`;
  return formatHostLogLine({ at, level: 'warn', text });
};

export const hostLogText = (entries: readonly HostLogEntry[], after: HostLogPlace): string => {
  let place = after;
  let text = '';
  for (const entry of entries) {
    const missing = entry.line.seq - placeFor(entry.hostId, place).seq - 1;
    if (missing > 0) text += `${gapLine(entry.line.at, missing)}\n`;
    text += `${formatHostLogLine(entry.line)}\n`;
    place = stepTo(entry, place);
  }
  return text;
};

/** What is written for lines of a host's log, with a line of the agent's own where some are missing (HLOG4). Pure. */
import type { HostLogLine } from '#protocol/agent/to-agent.ts';
import { formatHostLogLine } from '#protocol/host-log.ts';
import type { HostId } from '#protocol/ids.ts';

export type HostLogEntry = { hostId: HostId; line: HostLogLine };

/** The last line that is there: numbers belong to a host (HLOG5). */
export type HostLogPlace = { hostId: HostId | null; seq: number };

export const placeOf = ({ hostId, line }: HostLogEntry): HostLogPlace => ({ hostId, seq: line.seq });

/** The number after which a host's lines go on. */
export const seqOf = (place: HostLogPlace, hostId: HostId): number => (place.hostId === hostId ? place.seq : 0);

const gapLine = (at: string, missing: number): string => {
  const [lines, are] = missing === 1 ? ['line', 'is'] : ['lines', 'are'];
  const text = `${missing} ${lines} before this one ${are} missing here: more was missed than the server sends again`;
  return formatHostLogLine({ at, level: 'warn', text });
};

export const hostLogText = (entries: readonly HostLogEntry[], after: HostLogPlace): string => {
  let place = after;
  let text = '';
  for (const entry of entries) {
    const missing = entry.line.seq - seqOf(place, entry.hostId) - 1;
    if (missing > 0) text += `${gapLine(entry.line.at, missing)}\n`;
    text += `${formatHostLogLine(entry.line)}\n`;
    place = placeOf(entry);
  }
  return text;
};

/** How a line of a host's log is written: in the API's text, in the agent's file and on its console. */
import type { HostLogLine } from './agent/to-agent.ts';

const labels = { info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;

/** `2026-11-28 14:10:00 [INFO] text`, in UTC, without a line break at the end. */
export const formatHostLogLine = ({ at, level, text }: Omit<HostLogLine, 'seq'>): string =>
  `${at.slice(0, 10)} ${at.slice(11, 19)} [${labels[level]}] ${text}`;

/** How a line of a host's log is written: in the API's text, in the agent's file and on its console. */
import { HostLogLevel, type HostLogLine } from './agent/to-agent.ts';
import { shownText } from './terminal-line.ts';

const labels = { info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;

/** What is in a name or a reason must neither begin a line of its own nor tell a terminal what to do. */
const oneLine = (text: string): string => shownText(text.replace(/[\r\n\u2028\u2029]+/g, ' '));

/** `2026-11-28 14:10:00 [INFO] text`, in UTC, without a line break at the end. */
export const formatHostLogLine = ({ at, level, text }: Omit<HostLogLine, 'seq'>): string =>
  `${at.slice(0, 10)} ${at.slice(11, 19)} [${labels[level]}] ${oneLine(text)}`;

const WRITTEN = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[(INFO|WARN|ERROR)\] (.*)$/;

/** The level and text of a line that was written so; null for any other. */
export const readHostLogLine = (line: string): { level: HostLogLine['level']; text: string } | null => {
  const [, label, text] = WRITTEN.exec(line) ?? [];
  const level = HostLogLevel.options.find((known) => labels[known] === label);
  return level === undefined || text === undefined ? null : { level, text };
};

/** A host's log as lines of text: `2026-11-28 14:10:00 [INFO] text`. */
export type HostLogLine = { time: string; level: 'INFO' | 'WARN' | 'ERROR' | null; text: string };

const LINE = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \[(INFO|WARN|ERROR)\] (.*)$/;

const levelOf = (text: string | undefined): HostLogLine['level'] =>
  text === 'INFO' || text === 'WARN' || text === 'ERROR' ? text : null;

/** A line of another form is shown as it is. */
export const readHostLog = (text: string): HostLogLine[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, time = '', level, rest = ''] = LINE.exec(line) ?? [];
      return time === '' ? { time: '', level: null, text: line } : { time, level: levelOf(level), text: rest };
    });

/** One line an event on standard error: time, level, part, message. Quiet in normal operation. */
export type Level = 'info' | 'warn' | 'error';

export interface Log {
  info: (message: string) => void;
  warn: (message: string) => void;
  error: (message: string) => void;
}

export type WriteLine = (line: string) => void;

const toStandardError: WriteLine = (line) => process.stderr.write(`${line}\n`);

export function createLog(part: string, write: WriteLine = toStandardError, now: () => Date = () => new Date()): Log {
  const line = (level: Level) => (message: string) => {
    write(`${now().toISOString()} ${level.padEnd(5)} ${part.padEnd(8)} ${message}`);
  };
  return { info: line('info'), warn: line('warn'), error: line('error') };
}

export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

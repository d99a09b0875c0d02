/** One JSON object a line: an event's name, its level, and ids; never a secret and never a job's environment. */

export type LogLevel = 'info' | 'warn' | 'error';
export type LogFields = Record<string, string | number | boolean | null>;
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

/** What a server sends may end up in a field; a line stays short all the same. */
const MAX_FIELD_CHARACTERS = 500;

const clip = (value: LogFields[string]): LogFields[string] =>
  typeof value === 'string' && value.length > MAX_FIELD_CHARACTERS ? `${value.slice(0, MAX_FIELD_CHARACTERS)}…` : value;

export const jsonLog =
  (write: (line: string) => void, now: () => number): Log =>
  (level, event, fields = {}) => {
    const clipped = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, clip(value)]));
    write(`${JSON.stringify({ at: new Date(now()).toISOString(), level, event, ...clipped })}\n`);
  };

export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The code of a system error such as ENOENT; null for anything else. */
export const errorCode = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;

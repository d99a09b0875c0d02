/** Structured log lines: one event name and ids; never bodies, secrets or `env`. */
export type Log = (event: string, fields: Record<string, string | number | null>) => void;

export const consoleLog: Log = (event, fields) => {
  // biome-ignore lint/suspicious/noConsole: the one place that writes the log
  console.error(JSON.stringify({ event, ...fields }));
};

/** Structured log lines: one event name and ids; never bodies, secrets, bindings or `env`. */
export type Log = (event: string, fields: Record<string, string | number | boolean | null>) => void;

export const logEvent: Log = (event, fields) => {
  // biome-ignore lint/suspicious/noConsole: the one place that writes the log
  console.error(JSON.stringify({ event, ...fields }));
};

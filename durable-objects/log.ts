/** Structured logs: an event name and ids, never secrets, bodies or bindings. */
export const logEvent = (event: string, fields: Record<string, string | number | boolean | null>): void => {
  // biome-ignore lint/suspicious/noConsole: the runtime collects what is written to the console
  console.log(JSON.stringify({ event, ...fields }));
};

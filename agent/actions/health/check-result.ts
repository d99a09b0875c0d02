/** What one try found; a message says what was seen instead of what was wanted. */
export type CheckResult = { healthy: true } | { healthy: false; message: string };

export const healthy: CheckResult = { healthy: true };
export const unhealthy = (message: string): CheckResult => ({ healthy: false, message });

/** `fetch` and sockets put the system's reason one level down, or several beside each other. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.message === '' ? error.name : error.message;
};

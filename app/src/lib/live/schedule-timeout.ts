/** Runs `work` later; the answer cancels it. */
export const scheduleTimeout = (work: () => void, delayMs: number): (() => void) => {
  const timer = setTimeout(work, delayMs);
  return () => clearTimeout(timer);
};

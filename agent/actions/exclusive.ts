/** One at a time for each key within this process: jobs that would write the same file wait for each other. */
const lasts = new Map<string, Promise<void>>();

const settledOrAborted = (promise: Promise<void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    void promise.then(done);
  });

/** Is someone at work under this key, or about to be? */
export const isHeld = (key: string): boolean => lasts.has(key);

/** Runs `work` when those before it are done; null when the signal was aborted first. */
export const exclusive = async <T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T | null> => {
  const before = lasts.get(key) ?? Promise.resolve();
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  // Who comes next waits for those before as well, even when this one gives up.
  const turn = before.then(() => left);
  lasts.set(key, turn);
  try {
    await settledOrAborted(before, signal);
    return signal.aborted ? null : await work();
  } finally {
    leave();
    turn.then(() => {
      if (lasts.get(key) === turn) lasts.delete(key);
    });
  }
};

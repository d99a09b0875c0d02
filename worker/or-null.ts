/** A person waits for this answer; the record is better than a longer wait. */
const OBJECT_TIMEOUT_MS = 5_000;

/** What an object answers; null when it fails or answers too late. */
export const orNull = async <Value>(promise: Promise<Value | null>): Promise<Value | null> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), OBJECT_TIMEOUT_MS);
  });
  try {
    return await Promise.race([promise.catch(() => null), timeout]);
  } finally {
    clearTimeout(timer);
  }
};

import { unwatchFile, watchFile as watchByLooking } from 'node:fs';

/** A person who edits a file does not notice the difference; a look costs a system call. */
export const LOOK_EVERY_MS = 2000;
/** Editors write a file in several steps; it is read when they are done. */
const SETTLE_MS = 100;

/**
 * Calls back after a file was changed or replaced. It is looked at in intervals, because watchers tell of every write to the
 * journal beside it, lose a file that an editor replaces, and do not work on every file system.
 */
export const watchFile = (path: string, changed: () => void, everyMs = LOOK_EVERY_MS): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  };
  watchByLooking(path, { interval: everyMs, persistent: false }, look);
  return () => {
    clearTimeout(timer);
    unwatchFile(path, look);
  };
};

import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Editors write a file in several steps; a change counts once it has been quiet for this long. */
const QUIET_MS = 200;

/**
 * Calls back after a file was changed or replaced. The folder is watched, because an editor that renames a new file into
 * place leaves a watcher of the old one blind. Where watching is not possible a change needs a restart.
 */
export const watchFile = (path: string, changed: () => void): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  const schedule = (name: string | null): void => {
    if (name !== null && name !== basename(path)) return;
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET_MS);
  };
  try {
    const watcher = watch(dirname(path), (_event, name) => schedule(name));
    watcher.on('error', () => watcher.close());
    return () => {
      clearTimeout(timer);
      watcher.close();
    };
  } catch {
    return () => undefined;
  }
};

/** Finds programs as a shell would, without starting one. */
import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import type { Platform } from '../policy/paths.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Names under which a program may lie in a folder. */
export const candidateNames = (platform: Platform, name: string, env: Env): string[] => {
  if (platform !== 'windows' || win32.extname(name) !== '') return [name];
  return (env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';').map((extension) => name + extension.toLowerCase());
};

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** The full path of a program on the `PATH` of `env`; null when there is none. */
export const findProgram = (platform: Platform, name: string, env: Env): string | null => {
  const rules = platform === 'windows' ? win32 : posix;
  for (const folder of (env.PATH ?? env.Path ?? '').split(rules.delimiter)) {
    if (!rules.isAbsolute(folder)) continue;
    for (const candidate of candidateNames(platform, name, env)) {
      const path = rules.join(folder, candidate);
      if (isProgram(path)) return path;
    }
  }
  return null;
};

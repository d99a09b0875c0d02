/** What a host must have for a kind of package; pure but for looking at the PATH. */
import type { Platform } from '../../policy/paths.ts';
import type { JobRun } from '../job-run.ts';
import { findProgram } from '../programs.ts';

export type PackageHost = {
  platforms: readonly Platform[];
  /** All must be there. */
  programs: readonly string[];
  /** Folders in which the programs may lie beside the PATH, which services often get without them. */
  alsoIn?: readonly string[];
};

type Env = Readonly<Record<string, string | undefined>>;
export type FindProgram = (name: string, alsoIn?: readonly string[]) => string | null;

export const programFinder =
  (platform: Platform, env: Env): FindProgram =>
  (name, alsoIn = []) =>
    findProgram(platform, name, env) ??
    findProgram(platform, name, { PATH: alsoIn.join(platform === 'windows' ? ';' : ':'), PATHEXT: env.PATHEXT });

export const finderOf = (run: JobRun): FindProgram => programFinder(run.machine.platform, run.env);

const platformNames: Readonly<Record<Platform, string>> = { linux: 'Linux', macos: 'macOS', windows: 'Windows' };

/** What this host lacks, as the rest of a sentence; null when it lacks nothing. */
export const missingFor = (host: PackageHost, platform: Platform, find: FindProgram): string | null => {
  if (!host.platforms.includes(platform))
    return `need ${host.platforms.map((each) => platformNames[each]).join(' or ')}, and this host runs ${platformNames[platform]}`;
  const missing = host.programs.find((name) => find(name, host.alsoIn) === null);
  return missing === undefined ? null : `need ${missing}, which this host does not have`;
};

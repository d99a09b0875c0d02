/** What is known of a kept package, so that going back to it later finds it: beside it in the cache, and gone with it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PackageSource } from '#protocol/agent/job.ts';
import { PackageName, PackageType, PackageVersion } from '#protocol/software.ts';
import { writeFileAtomically } from '../../state/write-file.ts';
import { keptPath } from './kept-packages.ts';

export const ABOUT_ENDING = '.about.json';

export const AboutPackage = z.object({
  package_type: PackageType,
  /** As the package manager of this machine names it. */
  name: PackageName,
  version: PackageVersion,
  /** Where it came from. */
  source: PackageSource,
  sha256: z.string(),
  install_args: z.array(z.string()),
});
export type AboutPackage = z.infer<typeof AboutPackage>;

export const aboutPath = (folder: string, sha256: string): string => join(folder, sha256 + ABOUT_ENDING);

export const noteAbout = (folder: string, about: AboutPackage): Promise<void> =>
  writeFileAtomically(aboutPath(folder, about.sha256), JSON.stringify(about));

const read = async (path: string): Promise<AboutPackage | null> => {
  try {
    return AboutPackage.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
};

/** A kept package of this version; null when there is none. */
export const findKept = async (
  folder: string,
  wanted: Pick<AboutPackage, 'package_type' | 'name' | 'version'>,
): Promise<AboutPackage | null> => {
  const names: string[] = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.endsWith(ABOUT_ENDING)) continue;
    const about = await read(join(folder, name));
    const fits =
      about?.package_type === wanted.package_type && about.name === wanted.name && about.version === wanted.version;
    if (fits && names.includes(keptPath('', about.sha256))) return about;
  }
  return null;
};

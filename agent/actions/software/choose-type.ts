/** Which type a package that names none is taken for on this host. Pure but for looking at the PATH. */
import type { SoftwareJob } from '#protocol/agent/job.ts';
import type { PackageType } from '#protocol/software.ts';
import { packageTypeOf } from '../../policy/decide.ts';
import type { Platform } from '../../policy/paths.ts';
import { adapters } from './adapters.ts';
import { type FindProgram, missingFor } from './package-host.ts';

export type Choice = { ok: true; type: PackageType } | { ok: false; message: string };

/** Names in os-release, `ID` or `ID_LIKE`, and the managers that belong to them, the better one first. */
const families: readonly { ids: readonly string[]; types: readonly PackageType[] }[] = [
  { ids: ['debian', 'ubuntu'], types: ['apt'] },
  { ids: ['fedora', 'rhel', 'centos', 'amzn'], types: ['dnf', 'yum'] },
  { ids: ['suse', 'opensuse', 'sles'], types: ['zypper'] },
  { ids: ['alpine'], types: ['apk'] },
  { ids: ['arch'], types: ['pacman'] },
];

const linuxTypes = families.flatMap(({ types }) => types);

const idsIn = (osRelease: string): string[] =>
  [...osRelease.matchAll(/^(?:ID|ID_LIKE)=["']?([^"'\n]*)["']?$/gm)].flatMap(([, ids = '']) =>
    ids.toLowerCase().split(/\s+/),
  );

/** Managers of repositories in the order of preference; a system may have some that are not its own. */
export const repositoryTypes = (platform: Platform, osRelease: string): readonly PackageType[] => {
  if (platform === 'windows') return ['winget', 'choco'];
  if (platform === 'macos') return ['brew'];
  const ids = idsIn(osRelease);
  const own = families.filter((family) => family.ids.some((id) => ids.includes(id))).flatMap(({ types }) => types);
  return [...own, ...linuxTypes.filter((type) => !own.includes(type)), 'brew'];
};

const chooseRepository = (platform: Platform, osRelease: string, find: FindProgram): Choice => {
  const types = repositoryTypes(platform, osRelease);
  const type = types.find((each) => missingFor(adapters[each].host, platform, find) === null);
  if (type !== undefined) return { ok: true, type };
  return { ok: false, message: `this host has no package manager that is known here (${types.join(', ')})` };
};

const fileOf = ({ source }: SoftwareJob): string => {
  switch (source.type) {
    case 'file':
      return source.file.filename;
    case 'url':
      return source.url;
    case 'repository':
      return '';
  }
};

export const chooseType = (action: SoftwareJob, platform: Platform, osRelease: string, find: FindProgram): Choice => {
  const type = packageTypeOf(action);
  if (type !== null) return { ok: true, type };
  if (action.source.type === 'repository') return chooseRepository(platform, osRelease, find);
  return {
    ok: false,
    message: `the name of ${fileOf(action)} does not tell what kind of package it is: give a package_type`,
  };
};

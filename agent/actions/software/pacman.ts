/** Packages by name from the repositories of Arch, by pacman, which knows only the newest version. */
import { judgeBy } from './judge.ts';
import { managerAdapter, type PackageManager } from './manager-adapter.ts';
import { versionMatchesInParts } from './versions.ts';

export const judgePacman = judgeBy({
  program: 'pacman',
  locked: /unable to lock database|could not lock database/,
  errors: [/^error: *(.+)/],
});

/** `name 1.2-1`; for a name that a package provides, pacman answers with that package's own name. */
export const parsePacmanInstalled = (text: string): string[] =>
  text.split('\n').flatMap((line) => {
    const version = /^\S+ (\S+)$/.exec(line.trim())?.[1];
    return version === undefined ? [] : [version];
  });

export const pacmanManager: PackageManager = {
  program: 'pacman',
  host: { platforms: ['linux'], programs: ['pacman'] },
  rootOnly: true,
  options: {
    plain: ['--asdeps', '--asexplicit', '--cascade', '--needed', '--nosave', '--recursive', '--unneeded'],
    valued: { '--overwrite': /^\/[^\r\n,]*$/ },
  },
  removeOptions: new Set(['--cascade', '--nosave', '--recursive', '--unneeded']),
  nameProblem: (name) =>
    /^[a-z0-9@_+][a-z0-9@._+-]*$/i.test(name) ? null : `${name} is not the name of a pacman package`,
  pinProblem: (version) => `pacman installs the newest version only; version ${version} cannot be asked for`,
  // The lists are not refreshed here: a package from newer lists on a system that was not upgraded with it may break it.
  install: ({ name }, args) => ['pacman', '--sync', '--noconfirm', '--noprogressbar', '--needed', ...args, name],
  remove: (name, args) => ['pacman', '--remove', '--noconfirm', '--noprogressbar', ...args, name],
  judge: judgePacman,
  query: (name) => [['pacman', '--query', name]],
  parseInstalled: parsePacmanInstalled,
  matches: versionMatchesInParts,
};

export const pacman = managerAdapter(pacmanManager);

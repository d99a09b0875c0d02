/** Packages by name from Homebrew. It refuses to run as root, so a root agent runs it as the user whom it belongs to. */
import { stat } from 'node:fs/promises';
import { lookUpUid } from '../../policy/run-as.ts';
import type { JobRun } from '../job-run.ts';
import { failed } from '../outcomes.ts';
import { judgeBy } from './judge.ts';
import { managerAdapter, type PackageManager } from './manager-adapter.ts';
import { finderOf, type PackageHost } from './package-host.ts';

const host: PackageHost = {
  platforms: ['macos', 'linux'],
  programs: ['brew'],
  alsoIn: ['/opt/homebrew/bin', '/usr/local/bin', '/home/linuxbrew/.linuxbrew/bin'],
};

export const judgeBrew = judgeBy({
  program: 'brew',
  locked: /has already locked|Another active Homebrew|already in progress/,
  errors: [/^Error: *(.+)/],
});

/** `name 1.2 1.1`: the newest that is installed stands first or last, depending on the release. */
export const parseBrewInstalled = (text: string): string[] =>
  text.split('\n').flatMap((line) => line.trim().split(/\s+/).slice(1));

/** Formulae of a version are named by its first numbers: `node@18`, `python@3.11`. */
export const brewPinProblem = (version: string): string | null =>
  /^\d+(?:\.\d+)?$/.test(version) ? null : `brew knows versions such as 18 or 3.11, not ${version}`;

/**
 * The owner of the program, in a folder that everybody may enter, which the job's own is not; root where Homebrew was set up
 * for root, which only containers do.
 */
const runner: PackageManager['runner'] = async (run: JobRun) => {
  if (run.user !== null) return { ok: true, options: { user: run.user, cwd: '/' } };
  const program = finderOf(run)('brew', host.alsoIn);
  const owner = run.machine.uid === 0 && program !== null ? (await stat(program)).uid : null;
  if (owner === null || owner === 0) return { ok: true, options: {} };
  const user = await lookUpUid(owner);
  if (user === null)
    return {
      ok: false,
      outcome: failed('unsupported', `Homebrew belongs to user ${owner}, whom this host does not know`),
    };
  return { ok: true, options: { user, cwd: '/', env: { HOME: user.home, USER: user.name, LOGNAME: user.name } } };
};

export const brewManager: PackageManager = {
  program: 'brew',
  host,
  rootOnly: false,
  options: {
    plain: ['--cask', '--formula', '--force', '--HEAD', '--overwrite', '--quiet', '--zap', '--no-quarantine'],
  },
  again: new Set(['--force', '--overwrite', '--HEAD']),
  removeOptions: new Set(['--cask', '--formula', '--force', '--zap']),
  nameProblem: (name) =>
    /^[a-z0-9][a-z0-9+._@/-]*$/i.test(name) ? null : `${name} is not the name of a Homebrew formula or cask`,
  pinProblem: brewPinProblem,
  settle: ({ name, version }) => ({ name: version === null ? name : `${name}@${version}`, version: null }),
  install: ({ name }, args) => ['brew', 'install', ...args, name],
  remove: (name, args) => ['brew', 'uninstall', ...args, name],
  judge: judgeBrew,
  query: (name) => [['brew', 'list', '--versions', name]],
  parseInstalled: parseBrewInstalled,
  refresh: { when: /No available formula|No formulae or casks found/, argv: ['brew', 'update', '--quiet'] },
  env: {
    NONINTERACTIVE: '1',
    HOMEBREW_NO_ANALYTICS: '1',
    HOMEBREW_NO_AUTO_UPDATE: '1',
    HOMEBREW_NO_COLOR: '1',
    HOMEBREW_NO_EMOJI: '1',
    HOMEBREW_NO_ENV_HINTS: '1',
  },
  runner,
};

export const brew = managerAdapter(brewManager);

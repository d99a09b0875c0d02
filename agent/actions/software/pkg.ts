/** Installer packages of macOS, by `installer`. The system keeps a receipt of each, and has no way to remove one. */
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { completed, failed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { runTool, succeeded } from '../process/tool.ts';
import { type Adapter, needsRoot, type PackageJob } from './adapter.ts';
import { changeSystem, type Judge } from './change-system.ts';
import { downloadAs } from './download-as.ts';
import { judgeBy } from './judge.ts';
import { type KnownOptions, refusedOption } from './known-options.ts';
import { restartWanted } from './reboot-hint.ts';
import { versionMatches } from './versions.ts';

export const pkgOptions: KnownOptions = {
  plain: ['-allowUntrusted', '-dumplog', '-verbose'],
  valued: { '-lang': /^[A-Za-z][A-Za-z-]*$/ },
};

export const pkgInstall = (path: string, args: readonly string[]): Vector => [
  'installer',
  '-pkg',
  path,
  '-target',
  '/',
  ...args,
];

const byCode = judgeBy({
  program: 'installer',
  locked: /another install(?:ation)? is in progress/i,
  errors: [/^installer: Error *-? *(.+)/, /^installer: (The install failed.*)/],
});

/** Whether it wants a restart stands in its output; its exit code does not tell. */
export const judgePkg: Judge = (code, output) =>
  code === 0 && /(?:requires|recommends) restarting/i.test(output) ? { type: 'reboot_required' } : byCode(code, output);

export const receiptQuery = (name: string): Vector => ['pkgutil', '--pkg-info', name];

export const parseReceipt = (text: string): string | null => /^version: (\S+)$/m.exec(text)?.[1] ?? null;

const installedVersion = async (run: JobRun, name: string): Promise<string | null> => {
  const result = await runTool(run, receiptQuery(name), { visible: false });
  return succeeded(result) ? parseReceipt(result.stdout) : null;
};

/** Also used for a package inside a disk image. */
export const installPkg = async (
  run: JobRun,
  action: PackageJob,
  path: string,
  args: readonly string[],
): Promise<ActionOutcome> => {
  const changed = await changeSystem(run, pkgInstall(path, args), judgePkg, { waits: /Waiting for other install/i });
  if (!changed.ok) return changed.outcome;
  const done = completed(`installed ${action.name}`, { exitCode: changed.exitCode });
  return changed.verdict === 'reboot_required' ? restartWanted(done, changed.exitCode) : done;
};

const install = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const argument = refusedOption(pkgOptions, action.install_args);
  if (argument !== null) return failed('unsupported', `installer is not given the argument ${argument}`);
  const obstacle = needsRoot(run, 'installing packages');
  if (obstacle !== null) return obstacle;
  const present = await installedVersion(run, action.name);
  if (present !== null && action.version !== null && versionMatches(action.version, present))
    return completed(`${action.name} ${present} is installed already`, { reason: 'already_installed' });
  const download = await downloadAs(run, action, 'package.pkg');
  if (!download.ok) return download.outcome;
  run.progress('installing', null, null);
  return installPkg(run, action, download.path, action.install_args);
};

const uninstall = async (_run: JobRun, action: PackageJob): Promise<ActionOutcome> =>
  failed('unsupported', `macOS cannot remove ${action.name}; only an uninstall_command could`);

export const pkg: Adapter = {
  host: { platforms: ['macos'], programs: ['installer', 'pkgutil'] },
  install,
  uninstall,
  // By the identifier of the package, such as org.example.tool.
  tracksVersions: true,
  installedVersion,
  pinProblem: () => null,
  readPackage: async () => null,
};

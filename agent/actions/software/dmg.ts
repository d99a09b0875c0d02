/** Disk images of macOS: the one program, or the one installer package, that lies in the image. */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { allowedPath } from '../../policy/allowed-path.ts';
import type { ActionOutcome } from '../action.ts';
import { exclusive } from '../exclusive.ts';
import type { JobRun } from '../job-run.ts';
import { aborted, completed, failed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { runTool, succeeded } from '../process/tool.ts';
import { type Adapter, needsRoot, type PackageJob } from './adapter.ts';
import { type Changed, changeSystem } from './change-system.ts';
import { downloadAs } from './download-as.ts';
import { judgeBy } from './judge.ts';
import { refusedOption } from './known-options.ts';
import { installPkg, pkgOptions } from './pkg.ts';
import { versionMatches } from './versions.ts';

export const attachVector = (image: string, folder: string): Vector => [
  'hdiutil',
  'attach',
  image,
  '-nobrowse',
  '-noautoopen',
  '-readonly',
  '-mountpoint',
  folder,
];
export const detachVector = (folder: string): Vector => ['hdiutil', 'detach', folder, '-force'];
export const copyVector = (from: string, to: string): Vector => ['ditto', from, to];
export const versionVector = (program: string): Vector => [
  'defaults',
  'read',
  join(program, 'Contents', 'Info'),
  'CFBundleShortVersionString',
];

export type Content = { type: 'pkg' | 'app'; name: string } | { type: 'unclear'; message: string };

/** A package that installs counts before a program, which is then its uninstaller or the like. */
export const contentOf = (names: readonly string[]): Content => {
  const visible = names.filter((name) => !name.startsWith('.'));
  for (const type of ['pkg', 'app'] as const) {
    const [first, ...others] = visible.filter((name) => name.toLowerCase().endsWith(`.${type}`));
    if (first !== undefined && others.length === 0) return { type, name: first };
    if (first !== undefined)
      return { type: 'unclear', message: `the image holds several: ${[first, ...others].join(', ')}` };
  }
  return { type: 'unclear', message: 'the image holds neither a program nor a package' };
};

const judge = judgeBy({
  program: 'hdiutil',
  locked: /Resource (?:busy|temporarily unavailable)/,
  errors: [/^hdiutil: *(.+)/],
});
const judgeCopy = judgeBy({ program: 'ditto', errors: [/^ditto: *(.+)/] });

const programPath = (run: JobRun, name: string): string =>
  join(run.machine.applicationsFolder, name.endsWith('.app') ? name : `${name}.app`);

const installedVersion = async (run: JobRun, name: string): Promise<string | null> => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._+@-]*$/.test(name)) return null;
  const result = await runTool(run, versionVector(programPath(run, name)), { visible: false });
  return succeeded(result) ? result.stdout.trim() || null : null;
};

/** The program changes places by renames: it is never half there. */
const putInPlace = async (fresh: string, target: string, old: string): Promise<void> => {
  await rm(old, { recursive: true, force: true });
  await rename(target, old).catch(() => null);
  await rename(fresh, target);
  await rm(old, { recursive: true, force: true });
};

const installProgram = async (run: JobRun, from: string, name: string): Promise<ActionOutcome> => {
  const target = programPath(run, name);
  const decision = await allowedPath(run.machine.platform, run.policy.allow_roots, target);
  if (!decision.allowed) return failed('path_refused', decision.message);
  const fresh = join(run.machine.applicationsFolder, `.deployx-${name}.new`);
  await rm(fresh, { recursive: true, force: true });
  const copied = await changeSystem(run, copyVector(join(from, name), fresh), judgeCopy);
  if (!copied.ok) {
    await rm(fresh, { recursive: true, force: true });
    return copied.outcome;
  }
  await putInPlace(fresh, target, join(run.machine.applicationsFolder, `.deployx-${name}.old`));
  return completed(`installed ${name} to ${target}`, { exitCode: 0 });
};

const installContent = async (run: JobRun, action: PackageJob, folder: string): Promise<ActionOutcome> => {
  const content = contentOf(await readdir(folder));
  switch (content.type) {
    case 'pkg':
      return installPkg(run, action, join(folder, content.name), action.install_args);
    case 'app':
      return installProgram(run, folder, content.name);
    case 'unclear':
      return failed('install_failed', content.message);
  }
};

const withImage = async (
  run: JobRun,
  image: string,
  work: (folder: string) => Promise<ActionOutcome>,
): Promise<ActionOutcome> => {
  const folder = join(run.workDirectory, 'image');
  await mkdir(folder);
  const attached: Changed = await changeSystem(run, attachVector(image, folder), judge);
  if (!attached.ok) return attached.outcome;
  try {
    return await work(folder);
  } finally {
    // Also after a cancel, whose signal would end it before it begins.
    await runTool({ ...run, signal: AbortSignal.timeout(DETACH_MS) }, detachVector(folder), { visible: true });
  }
};

/** Detaching by force takes a second or two. */
const DETACH_MS = 30_000;

const obstacleTo = (run: JobRun, args: readonly string[]): ActionOutcome | null => {
  const argument = refusedOption(pkgOptions, args);
  if (argument !== null) return failed('unsupported', `installer is not given the argument ${argument}`);
  return needsRoot(run, 'installing programs');
};

const install = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const obstacle = obstacleTo(run, action.install_args);
  if (obstacle !== null) return obstacle;
  const present = await installedVersion(run, action.name);
  if (present !== null && action.version !== null && versionMatches(action.version, present))
    return completed(`${action.name} ${present} is installed already`, { reason: 'already_installed' });
  const download = await downloadAs(run, action, 'image.dmg');
  if (!download.ok) return download.outcome;
  run.progress('installing', null, null);
  const work = () => withImage(run, download.path, (folder) => installContent(run, action, folder));
  return (await exclusive('disk image', run.signal, work)) ?? aborted(run);
};

const uninstall = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const obstacle = obstacleTo(run, []);
  if (obstacle !== null) return obstacle;
  if ((await installedVersion(run, action.name)) === null)
    return failed(
      'unsupported',
      `no program ${action.name} is in ${run.machine.applicationsFolder}; only an uninstall_command could remove it`,
    );
  const target = programPath(run, action.name);
  const decision = await allowedPath(run.machine.platform, run.policy.allow_roots, target);
  if (!decision.allowed) return failed('path_refused', decision.message);
  run.progress('installing', null, null);
  await rm(target, { recursive: true, force: true });
  return completed(`removed ${target}`, { exitCode: 0 });
};

export const dmg: Adapter = {
  host: { platforms: ['macos'], programs: ['hdiutil', 'ditto', 'installer', 'defaults'] },
  install,
  uninstall,
  // Of programs; of a package inside an image the receipt would tell, under another name.
  tracksVersions: false,
  installedVersion,
  pinProblem: () => null,
  readPackage: async () => null,
};

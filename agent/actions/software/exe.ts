/** Installers that are programs for Windows. Each maker has its own silent switches, so a job names them or the file tells. */
import { open } from 'node:fs/promises';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { completed, failed } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { type Adapter, needsRoot, type PackageJob, untracked } from './adapter.ts';
import { changeSystem } from './change-system.ts';
import { downloadAs } from './download-as.ts';
import { judgeBy } from './judge.ts';
import { restartWanted } from './reboot-hint.ts';
import { installerCodes } from './windows-codes.ts';

/** The marks stand in the program itself, which comes before what it installs. */
const LOOKED_AT_BYTES = 4 * 1024 * 1024;

const makers: readonly { mark: string; args: readonly string[] }[] = [
  { mark: '.wixburn', args: ['/quiet', '/norestart'] },
  { mark: 'Inno Setup', args: ['/VERYSILENT', '/SUPPRESSMSGBOXES', '/NORESTART', '/SP-'] },
  { mark: 'NullsoftInst', args: ['/S'] },
  { mark: 'Nullsoft.NSIS', args: ['/S'] },
];

/** The switches by which the maker of this installer keeps it silent; null when none of the known ones made it. */
export const silentArguments = (start: Uint8Array): readonly string[] | null => {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.byteLength);
  return makers.find(({ mark }) => bytes.includes(mark) || bytes.includes(Buffer.from(mark, 'utf16le')))?.args ?? null;
};

const readStart = async (path: string): Promise<Uint8Array> => {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOKED_AT_BYTES), 0, LOOKED_AT_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
};

export const judgeExe = judgeBy({ program: 'the installer', codes: installerCodes });

const runInstaller = async (run: JobRun, action: PackageJob, argv: Vector): Promise<ActionOutcome> => {
  run.progress('installing', null, null);
  const changed = await changeSystem(run, argv, judgeExe);
  if (!changed.ok) return changed.outcome;
  const { exitCode, verdict } = changed;
  if (verdict === 'already_installed')
    return completed(`${action.name} is installed already`, { reason: 'already_installed', exitCode });
  const done = completed(`the installer of ${action.name} exited with code ${exitCode}`, { exitCode });
  return verdict === 'reboot_required' ? restartWanted(done, exitCode) : done;
};

const install = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const obstacle = needsRoot(run, 'an installer');
  if (obstacle !== null) return obstacle;
  const download = await downloadAs(run, action, 'install.exe');
  if (!download.ok) return download.outcome;
  const args = action.install_args.length > 0 ? action.install_args : silentArguments(await readStart(download.path));
  // A window that nobody sees would wait until the time limit.
  if (args === null)
    return failed(
      'unsupported',
      `how this installer is kept silent is not known; name its switches as install arguments`,
    );
  return runInstaller(run, action, [download.path, ...args]);
};

const uninstall = async (_run: JobRun, action: PackageJob): Promise<ActionOutcome> =>
  failed('unsupported', `${action.name} was installed by a program; only an uninstall_command could remove it`);

export const exe: Adapter = {
  host: { platforms: ['windows'], programs: [] },
  install,
  uninstall,
  ...untracked,
  pinProblem: () => null,
};

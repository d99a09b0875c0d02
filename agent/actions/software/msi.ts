/** Packages of Windows Installer, by msiexec; silent, without a restart, one at a time on a machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { completed, failed, tailOf } from '../outcomes.ts';
import type { Vector } from '../process/as-user.ts';
import { type Adapter, needsRoot, type PackageJob } from './adapter.ts';
import { type Changed, changeSystem } from './change-system.ts';
import { downloadAs } from './download-as.ts';
import { judgeBy } from './judge.ts';
import { restartWanted } from './reboot-hint.ts';
import { versionMatches } from './versions.ts';
import { installerCodes } from './windows-codes.ts';
import { installedProduct, type Product, productCode, productMatches } from './windows-products.ts';

export const judgeMsi = judgeBy({ program: 'msiexec', codes: installerCodes });

const PROPERTY = /^([A-Za-z_][A-Za-z0-9_.]*)=([^\r\n]*)$/;

/** msiexec takes its command line apart by itself: quotes stand around a property's value, and are doubled inside. */
export const msiWord = (word: string): string => {
  const property = PROPERTY.exec(word);
  if (property === null) return /\s/.test(word) ? `"${word}"` : word;
  const [, name = '', value = ''] = property;
  return /^[^\s"]+$/.test(value) ? word : `${name}="${value.replaceAll('"', '""')}"`;
};

const switches: ReadonlySet<string> = new Set(['/quiet', '/qn', '/passive', '/norestart']);

/** The first argument that is neither a property nor a switch of silence; null when all are fine. */
export const refusedMsiArgument = (args: readonly string[]): string | null =>
  args.find((arg) => !PROPERTY.test(arg) && !switches.has(arg.toLowerCase())) ?? null;

const vector = (what: '/i' | '/x', target: string, log: string, args: readonly string[]): Vector => [
  'msiexec',
  what,
  msiWord(target),
  '/qn',
  '/norestart',
  '/l*v',
  msiWord(log),
  'REBOOT=ReallySuppress',
  ...args.map(msiWord),
];

export const msiInstall = (path: string, log: string, args: readonly string[]): Vector => vector('/i', path, log, args);
export const msiRemove = (target: string, log: string): Vector => vector('/x', target, log, []);

const LOG_NAME = 'msi.log';

/** msiexec writes UTF-16 when the log is new. */
export const decodeLog = (bytes: Uint8Array): string =>
  new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);

/** It prints nothing; why it failed stands in its log. */
const withLog = async (run: JobRun, outcome: ActionOutcome): Promise<ActionOutcome> => {
  const bytes = await readFile(join(run.workDirectory, LOG_NAME)).catch(() => null);
  if (bytes === null || outcome.outcome === 'completed') return outcome;
  return { ...outcome, details: tailOf(decodeLog(bytes).toWellFormed()) };
};

const change = async (run: JobRun, argv: Vector): Promise<Changed> => {
  const changed = await changeSystem(run, argv, judgeMsi, { verbatim: true });
  return changed.ok ? changed : { ok: false, outcome: await withLog(run, changed.outcome) };
};

const isWanted = (action: PackageJob, product: Product | null): boolean =>
  action.version !== null &&
  product?.version != null &&
  (versionMatches(action.version, product.version) || productMatches(action.version, product.version));

const installedAs = (action: PackageJob, product: Product | null): string =>
  `${action.name}${product?.version == null ? '' : ` ${product.version}`}`;

/** Windows Installer refuses to put a version over another one that it cannot replace (1638). */
const already = async (run: JobRun, action: PackageJob, exitCode: number): Promise<ActionOutcome> => {
  const product = await installedProduct(run, action.name);
  if (action.version !== null && product?.version != null && !isWanted(action, product))
    return failed(
      'install_failed',
      `version ${product.version} is installed, and it is not replaced by ${action.version}`,
      {
        exitCode,
      },
    );
  return completed(`${installedAs(action, product)} is installed already`, { reason: 'already_installed', exitCode });
};

const obstacleTo = (run: JobRun, args: readonly string[]): ActionOutcome | null => {
  const argument = refusedMsiArgument(args);
  if (argument !== null)
    return failed('unsupported', `msiexec takes properties such as NAME=value here, not the argument ${argument}`);
  return needsRoot(run, 'Windows Installer');
};

const install = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const obstacle = obstacleTo(run, action.install_args);
  if (obstacle !== null) return obstacle;
  const present = await installedProduct(run, action.name);
  if (isWanted(action, present))
    return completed(`${installedAs(action, present)} is installed already`, { reason: 'already_installed' });
  const download = await downloadAs(run, action, 'package.msi');
  if (!download.ok) return download.outcome;
  run.progress('installing', null, null);
  const log = join(run.workDirectory, LOG_NAME);
  const changed = await change(run, msiInstall(download.path, log, action.install_args));
  if (!changed.ok) return changed.outcome;
  if (changed.verdict === 'already_installed') return already(run, action, changed.exitCode);
  const { exitCode } = changed;
  const done = completed(`installed ${action.name}`, { exitCode });
  return changed.verdict === 'reboot_required' ? restartWanted(done, exitCode) : done;
};

/** By product code where it is known, else by the file that it was installed from. */
const targetOf = async (run: JobRun, action: PackageJob) => {
  const code = productCode((await installedProduct(run, action.name))?.key ?? action.name);
  if (code !== null) return { ok: true as const, path: code };
  if (action.source.type === 'repository')
    return { ok: false as const, outcome: completed(`${action.name} is not installed`) };
  return downloadAs(run, action, 'package.msi');
};

const uninstall = async (run: JobRun, action: PackageJob): Promise<ActionOutcome> => {
  const obstacle = obstacleTo(run, []);
  if (obstacle !== null) return obstacle;
  const target = await targetOf(run, action);
  if (!target.ok) return target.outcome;
  run.progress('installing', null, null);
  const changed = await change(run, msiRemove(target.path, join(run.workDirectory, LOG_NAME)));
  if (!changed.ok) return changed.outcome;
  if (changed.verdict === 'not_installed') return completed(`${action.name} is not installed`);
  const removed = completed(`removed ${action.name}`, { exitCode: changed.exitCode });
  return changed.verdict === 'reboot_required' ? restartWanted(removed, changed.exitCode) : removed;
};

export const msi: Adapter = {
  host: { platforms: ['windows'], programs: ['msiexec'] },
  install,
  uninstall,
  tracksVersions: true,
  installedVersion: async (run, name) => (await installedProduct(run, name))?.version ?? null,
  pinProblem: () => null,
  readPackage: async () => null,
};

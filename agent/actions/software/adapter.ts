/**
 * What each kind of package brings: where it works, how it is installed and removed, and what is known of what is
 * installed. `software.ts` carries a job out by it; what takes an installation back asks it for the version before.
 */
import type { PackageSource, SoftwareJob } from '#protocol/agent/job.ts';
import type { PackageType } from '#protocol/software.ts';
import type { ActionOutcome } from '../action.ts';
import type { DownloadSource } from '../download/cache.ts';
import { type Download, downloadFile } from '../download/download.ts';
import type { JobRun } from '../job-run.ts';
import { failed } from '../outcomes.ts';
import type { PackageHost } from './package-host.ts';

/** What a package's file says of itself. */
export type PackageIdentity = { name: string; version: string };

/** A job whose package type is settled. */
export type PackageJob = SoftwareJob & { package_type: PackageType };

export type Adapter = {
  host: PackageHost;
  install: (run: JobRun, action: PackageJob) => Promise<ActionOutcome>;
  uninstall: (run: JobRun, action: PackageJob) => Promise<ActionOutcome>;
  /** Whether `installedVersion` can tell at all; only then does its null mean that the package is not installed. */
  tracksVersions: boolean;
  /** The version that is installed under this name, in the form in which a job may ask for it. */
  installedVersion: (run: JobRun, name: string) => Promise<string | null>;
  /** Why this version cannot be asked for; null when it can be tried. */
  pinProblem: (version: string) => string | null;
  /** Null when the file is no such package, or its kind does not tell. */
  readPackage: (run: JobRun, path: string) => Promise<PackageIdentity | null>;
};

/** For kinds of which this machine keeps no list. */
export const untracked: Pick<Adapter, 'tracksVersions' | 'installedVersion' | 'readPackage'> = {
  tracksVersions: false,
  installedVersion: async () => null,
  readPackage: async () => null,
};

const downloadSource = (source: PackageSource): DownloadSource | null => {
  switch (source.type) {
    case 'file':
      return { type: 'file', file: source.file };
    case 'url':
      return { type: 'url', url: source.url, sha256: source.sha256 };
    case 'repository':
      return null;
  }
};

/** The package's file, in the job's folder. */
export const downloadPackage = async (run: JobRun, action: PackageJob): Promise<Download> => {
  const source = downloadSource(action.source);
  if (source !== null) return downloadFile(run, source);
  const message = `${action.package_type} packages are installed from a file, and the job names none`;
  return { ok: false, outcome: failed('unsupported', message) };
};

/** Package managers change the whole system; null when this agent may. Windows says by itself who may. */
export const needsRoot = (run: JobRun, what: string): ActionOutcome | null => {
  if (run.user !== null && run.user.uid !== 0)
    return failed('policy_refused', `run_as: ${what} needs root, and jobs run as ${run.user.name} on this host`);
  if (run.machine.uid === 0 || run.machine.platform === 'windows') return null;
  return failed('unsupported', `${what} needs an agent that runs as root; this one runs as user ${run.machine.uid}`);
};

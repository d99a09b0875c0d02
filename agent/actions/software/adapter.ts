/** What each kind of package brings: how it is installed and how it is removed. */
import type { PackageSource, SoftwareJob } from '#protocol/agent/job.ts';
import type { ActionOutcome } from '../action.ts';
import type { DownloadSource } from '../download/cache.ts';
import { type Download, downloadFile } from '../download/download.ts';
import type { JobRun } from '../job-run.ts';
import { failed } from '../outcomes.ts';

export type Adapter = {
  install: (run: JobRun, action: SoftwareJob) => Promise<ActionOutcome>;
  uninstall: (run: JobRun, action: SoftwareJob) => Promise<ActionOutcome>;
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
export const downloadPackage = async (run: JobRun, action: SoftwareJob): Promise<Download> => {
  const source = downloadSource(action.source);
  if (source !== null) return downloadFile(run, source);
  const message = `${action.package_type} packages are installed from a file, and the job names none`;
  return { ok: false, outcome: failed('unsupported', message) };
};

/** Package managers change the whole system; null when this agent may. */
export const needsRoot = (run: JobRun, what: string): ActionOutcome | null => {
  if (run.user !== null && run.user.uid !== 0)
    return failed('policy_refused', `run_as: ${what} needs root, and jobs run as ${run.user.name} on this host`);
  if (run.machine.uid === 0) return null;
  return failed('unsupported', `${what} needs an agent that runs as root; this one runs as user ${run.machine.uid}`);
};

/** An adapter called by itself, so that those of other systems can be tried here, by programs that only play theirs. */
import type { SoftwareJob } from '#protocol/agent/job.ts';
import type { PackageType } from '#protocol/software.ts';
import type { ActionOutcome } from '../action.ts';
import type { JobRun } from '../job-run.ts';
import { adapters } from '../software/adapters.ts';
import type { FakePrograms } from './fake-programs.ts';
import { type Made, type MakeOptions, makeRun, softwareAction } from './make-run.ts';

export type AdapterRun = Made & { jobRun: JobRun; outcome: ActionOutcome };

export const makeAdapterRun = async (
  fake: FakePrograms,
  more: Partial<SoftwareJob>,
  options: MakeOptions = {},
): Promise<Made & { jobRun: JobRun }> => {
  const machine = { uid: 0, sleep: async () => {}, ...options.machine };
  const made = await makeRun(softwareAction({ name: 'demo', ...more }), { ...options, machine });
  const env = { PATH: fake.path };
  return {
    ...made,
    jobRun: { ...made.context, machine: made.machine, user: null, mask: null, env, timeoutSeconds: 60 },
  };
};

export const runAdapter = async (
  package_type: PackageType,
  fake: FakePrograms,
  more: Partial<SoftwareJob> = {},
  options: MakeOptions = {},
): Promise<AdapterRun> => {
  const made = await makeAdapterRun(fake, { ...more, package_type }, options);
  const job = { ...softwareAction({ name: 'demo', ...more }), package_type };
  const adapter = adapters[package_type];
  const work = job.operation === 'install' ? adapter.install : adapter.uninstall;
  return { ...made, outcome: await work(made.jobRun, job) };
};

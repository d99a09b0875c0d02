/** What is installed here, as dpkg tells it; shared by `apt` and `deb`. */
import type { JobRun } from '../job-run.ts';
import type { Vector } from '../process/as-user.ts';
import { runTool, succeeded } from '../process/tool.ts';
import type { Adapter } from './adapter.ts';

/** Debian policy 5.6.1, with an architecture that may follow. No option, and none of the marks that apt reads after a name (`-`). */
const debianName = /^[a-z0-9][a-z0-9.+-]*[a-z0-9.+](?::[a-z0-9][a-z0-9-]*)?$/;

/** What is wrong with a name; null when nothing is. */
export const debianNameProblem = (name: string): string | null =>
  debianName.test(name) ? null : `${name} is not the name of a Debian package`;

export const queryVector = (name: string): Vector => [
  'dpkg-query',
  '--show',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: these are fields of dpkg
  '--showformat=${db:Status-Status} ${Version}\\n',
  '--',
  name,
];

/** Versions of those that are installed; a package may be there for several architectures. */
export const parseInstalled = (text: string): string[] =>
  text.split('\n').flatMap((line) => {
    const [status, version] = line.split(' ');
    return status === 'installed' && version ? [version] : [];
  });

export const installedVersions = async (run: JobRun, name: string): Promise<string[]> => {
  const result = await runTool(run, queryVector(name), { visible: false });
  return succeeded(result) ? parseInstalled(result.stdout) : [];
};

export const dpkgVersions: Pick<Adapter, 'tracksVersions' | 'installedVersion'> = {
  tracksVersions: true,
  installedVersion: async (run, name) =>
    debianNameProblem(name) === null ? ((await installedVersions(run, name))[0] ?? null) : null,
};

/** What rpm says of installed packages and of files; shared by the managers that build on it. Pure. */
import type { Vector } from '../process/as-user.ts';
import type { PackageIdentity } from './adapter.ts';

const FIELDS = '%{NAME} %{EPOCHNUM} %{VERSION}-%{RELEASE}\\n';

export const RPM_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/;

/** What is wrong with a name; null when nothing is. */
export const rpmNameProblem = (name: string): string | null =>
  RPM_NAME.test(name) ? null : `${name} is not the name of an RPM package`;

/** By name, then by what packages provide: `vim` is a name that people use for `vim-enhanced`. */
export const rpmQueries = (name: string): readonly Vector[] => [
  ['rpm', '--query', '--queryformat', FIELDS, name],
  ['rpm', '--query', '--queryformat', FIELDS, '--whatprovides', name],
];

export const rpmFileQuery = (path: string): Vector => [
  'rpm',
  '--query',
  '--nosignature',
  '--queryformat',
  FIELDS,
  '--package',
  path,
];

/** `-` and the release belong to it; an epoch stands in front when there is one. */
export const parseRpm = (text: string): PackageIdentity[] =>
  text.split('\n').flatMap((line) => {
    const match = /^(\S+) (\d+) (\S+-\S+)$/.exec(line);
    if (match?.[1] === undefined || match[3] === undefined) return [];
    return [{ name: match[1], version: match[2] === '0' ? match[3] : `${match[2]}:${match[3]}` }];
  });

export const parseRpmVersions = (text: string): string[] => parseRpm(text).map(({ version }) => version);

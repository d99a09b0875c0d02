/** What is wrong with the form, by the path of the field: the schema's own words, the ones that need it made readable. */
import { type FieldIssue, fieldIssues } from '#protocol/issues.ts';
import { filePackageTypes } from '#protocol/software.ts';
import { SpecWithTargets } from '#protocol/spec.ts';
import { type DeployForm, type EnvRow, specInput } from './form.ts';

/** By field path: as in the spec, but a variable is named by its row (`action.env.2`), which exists even when its name is wrong. */
export type Issues = ReadonlyMap<string, string>;

export type Checked =
  | { type: 'ok'; body: Record<string, unknown> }
  | { type: 'wrong'; body: Record<string, unknown>; issues: Issues };

const NUMBERS: ReadonlySet<string> = new Set([
  'timeout_seconds',
  'retries',
  'offline.expires_in_seconds',
  'strategy.max_concurrency',
  'strategy.max_failures',
]);

const ENV = 'action.env.';

/** The field of the form that a path of the spec belongs to. */
export const fieldPath = (path: string, env: readonly EnvRow[]): string => {
  if (path.startsWith(ENV)) {
    const row = env.findIndex((candidate) => candidate.name === path.slice(ENV.length));
    return row < 0 ? 'action.env' : `${ENV}${row}`;
  }
  // One control chooses all of these.
  const list = /^(device_ids|group_ids|action\.software_ids|action\.file_ids)(\.|$)/.exec(path)?.[1];
  if (list === 'group_ids') return 'device_ids';
  if (list !== undefined) return list;
  return /^(action\.custom_software\.\d+\.\w+)/.exec(path)?.[1] ?? path;
};

const readable = ({ path, message }: FieldIssue): string => {
  if (NUMBERS.has(path) && /expected (number|int), received/.test(message)) return 'must be a whole number';
  if (message.endsWith('needs file_id or download_url')) return 'choose an uploaded file or give a download address';
  const tooSmall = /expected number to be >=\s*(\d+)/.exec(message)?.[1];
  if (tooSmall !== undefined) return `must be at least ${tooSmall}`;
  const tooBig = /expected number to be <=\s*(\d+)/.exec(message)?.[1];
  if (tooBig !== undefined) return `must be at most ${tooBig}`;
  return message;
};

/** The first issue of each field. */
export const issuesByField = (found: readonly FieldIssue[], env: readonly EnvRow[]): Map<string, string> => {
  const issues = new Map<string, string>();
  for (const issue of found) {
    const path = fieldPath(issue.path, env);
    if (!issues.has(path)) issues.set(path, readable(issue));
  }
  return issues;
};

/** Two rows of one name become one variable in a spec, so the schema cannot see them. */
const doubledNames = (env: readonly EnvRow[]): FieldIssue[] => {
  const seen = new Set<string>();
  const doubled = new Set<string>();
  for (const { name } of env) {
    if (name !== '' && seen.has(name)) doubled.add(name);
    seen.add(name);
  }
  return [...doubled].map((name) => ({ path: `${ENV}${name}`, message: 'is set twice' }));
};

export const checkForm = (form: DeployForm): Checked => {
  const body = specInput(form, (type) => filePackageTypes.has(type));
  const env = form.kind === 'command' ? form.command.env : [];
  const parsed = SpecWithTargets.safeParse(body);
  const found = [...doubledNames(env), ...(parsed.success ? [] : fieldIssues(parsed.error))];
  return found.length === 0 ? { type: 'ok', body } : { type: 'wrong', body, issues: issuesByField(found, env) };
};

/** What is wrong with the form, by the path of the field: the schema's own words, the ones that need it made readable. */
import type { z } from 'zod';
import { type FieldIssue, fieldIssues } from '#protocol/issues.ts';
import { RequestedSpec } from '#protocol/spec.ts';
import { envOf } from './action-form.ts';
import type { EnvRow } from './env-rows.ts';
import { type DeployForm, specInput } from './form.ts';

/** By field path: as in the spec, but a variable is named by its row (`action.env.2`), which exists even when its name is wrong. */
export type Issues = ReadonlyMap<string, string>;

export type Checked =
  | { type: 'ok'; body: Record<string, unknown> }
  | { type: 'wrong'; body: Record<string, unknown>; issues: Issues };

const ENV = 'action.env.';

/** Paths of a spec or a schedule that one control of the form stands for. */
const CONTROLS: readonly (readonly [RegExp, string])[] = [
  [/^(?:device_ids|group_ids)(?:\.|$)/, 'device_ids'],
  [/^action\.software_ids(?:\.|$)/, 'action.software_ids'],
  [/^action\.file_ids(?:\.|$)/, 'action.file_ids'],
  [/^recurrence\.days(?:\.|$)/, 'recurrence.days'],
  [/^strategy\.batch_percent$/, 'strategy.batch_size'],
  [/^strategy\.canary_percent$/, 'strategy.canary_size'],
];

/** The field of the form that a path of the spec belongs to. */
export const fieldPath = (path: string, env: readonly EnvRow[]): string => {
  if (path.startsWith(ENV)) {
    const row = env.findIndex(({ name }) => [`${ENV}${name}`, `${ENV}${name}.value`].includes(path));
    return row < 0 ? 'action.env' : `${ENV}${row}`;
  }
  const control = CONTROLS.find(([pattern]) => pattern.test(path))?.[1];
  return control ?? /^(action\.custom_software\.\d+\.\w+)/.exec(path)?.[1] ?? path;
};

/** Where the schema speaks of the form of an id, a person has not chosen yet. */
const CHOOSE: Readonly<Record<string, string>> = {
  'action.script_id': 'choose a script',
  'strategy.blue_group_id': 'choose a group',
  'strategy.green_group_id': 'choose a group',
};

const NO_NUMBER = /^(?:must be a (?:whole )?number|is missing)$/;
const BOUND = /^must be at (?:least|most)/;

const readable = ({ path, message }: FieldIssue): string => {
  if (/^must be an id/.test(message))
    return path.endsWith('file_id') ? 'choose an uploaded file' : (CHOOSE[path] ?? message);
  if (NO_NUMBER.test(message))
    return path === 'bandwidth_limit' ? 'must be a rate such as 500 KB or 2 MB' : 'must be a whole number';
  if (message.endsWith('needs file_id or download_url')) return 'choose an uploaded file or give a download address';
  if (path.startsWith(ENV) && message.startsWith('give the secret value'))
    return 'type the secret value again; it is not kept in readable form';
  if (path === 'strategy.max_failures' && !BOUND.test(message))
    return 'must be a whole number or a percentage such as 10%';
  if (path === 'bandwidth_limit' && message.startsWith('must be at least')) return 'must be at least 1 KB';
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

/** What is wrong with the body that a form comes to, by its schema and beyond it. */
export const specIssues = (form: DeployForm, schema: z.ZodType, body: Record<string, unknown>): FieldIssue[] => {
  const parsed = schema.safeParse(body);
  return [...doubledNames(envOf(form)), ...(parsed.success ? [] : fieldIssues(parsed.error))];
};

export const checkedSpec = (form: DeployForm, body: Record<string, unknown>, found: readonly FieldIssue[]): Checked =>
  found.length === 0 ? { type: 'ok', body } : { type: 'wrong', body, issues: issuesByField(found, envOf(form)) };

export const checkForm = (form: DeployForm): Checked => {
  const body = specInput(form);
  return checkedSpec(form, body, specIssues(form, RequestedSpec, body));
};

const SPEC_CONTROLS =
  /^(name|device_ids|timeout_seconds|retries|bandwidth_limit|offline\.|strategy\.|health_check\.|action\.)/;

/** Whether a field of the form shows what is wrong at the path. */
export const hasSpecControl = (path: string): boolean => SPEC_CONTROLS.test(path);

/** The body of a form without variables, against its schema. */
export const checkBody = (schema: z.ZodType, body: Record<string, unknown>): Checked => {
  const parsed = schema.safeParse(body);
  return parsed.success
    ? { type: 'ok', body }
    : { type: 'wrong', body, issues: issuesByField(fieldIssues(parsed.error), []) };
};

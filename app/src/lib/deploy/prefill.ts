/** The form that a link asks for: `?kind=&device=&group=&software=&file=&script=&version=`, each id any number of times, or one made again from a spec. */

import type { z } from 'zod';
import { DeviceId, FileId, GroupId, ScriptId, SoftwareId } from '#protocol/ids.ts';
import { ActionKind, type Spec } from '#protocol/spec.ts';
import { envOf } from './action-form.ts';
import { type DeployForm, emptyForm, formOf } from './form.ts';

/** Wrong ids in a link are left out: the form shows what is missing. */
const idsOf = (params: URLSearchParams, name: string, schema: z.ZodType<string>): string[] => [
  ...new Set(params.getAll(name).flatMap((id) => (schema.safeParse(id).success ? [id] : []))),
];

const kindOf = (params: URLSearchParams): ActionKind => {
  const asked = ActionKind.safeParse(params.get('kind'));
  if (asked.success) return asked.data;
  if (params.has('script')) return 'script';
  if (params.has('software')) return 'software';
  return params.has('file') ? 'files' : 'command';
};

export const prefilledForm = (params: URLSearchParams, from: Spec | null): DeployForm => {
  if (from !== null) return formOf(from);
  const form = emptyForm(kindOf(params));
  form.deviceIds = idsOf(params, 'device', DeviceId);
  form.groupIds = idsOf(params, 'group', GroupId);
  form.software.softwareIds = idsOf(params, 'software', SoftwareId);
  form.files.fileIds = idsOf(params, 'file', FileId);
  const [scriptId] = idsOf(params, 'script', ScriptId);
  const version = params.get('version') ?? '';
  form.script.scriptId = scriptId ?? '';
  form.script.version = scriptId !== undefined && /^[1-9]\d{0,8}$/.test(version) ? version : '';
  return form;
};

/** What a person should know about a form that was filled in like an earlier deployment. */
export const prefillText = (from: { name: string; spec: Spec } | null): string | null => {
  if (from === null) return null;
  const like = `Filled in like “${from.name}”.`;
  const asked = envOf(formOf(from.spec)).some(({ secret }) => secret);
  return asked ? `${like} Its secret values are not kept in readable form: type them again.` : like;
};

/** Labels as a person types them: `key` or `key=value`. */
import { LabelKey, type Labels, LabelValue } from '#protocol/text.ts';

export type ParsedLabel = { type: 'label'; key: string; value: string } | { type: 'invalid'; message: string };

export const parseLabel = (text: string): ParsedLabel => {
  const at = text.indexOf('=');
  const key = LabelKey.safeParse((at < 0 ? text : text.slice(0, at)).trim());
  if (!key.success) return { type: 'invalid', message: `The name ${key.error.issues[0]?.message ?? 'is not valid'}` };
  const value = LabelValue.safeParse(at < 0 ? '' : text.slice(at + 1).trim());
  if (!value.success)
    return { type: 'invalid', message: `The value ${value.error.issues[0]?.message ?? 'is not valid'}` };
  return { type: 'label', key: key.data, value: value.data };
};

export const labelText = (key: string, value: string): string => (value === '' ? key : `${key}=${value}`);

export const withLabel = (labels: Labels, key: string, value: string): Labels => ({ ...labels, [key]: value });

export const withoutLabel = (labels: Labels, key: string): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => name !== key));

/**
 * Label selectors: comma-separated terms that must all hold: `key`, `!key`, `key=value`, `key!=value`. A device has its own
 * labels over those of its host, and below both the implicit ones `os`, `arch`, `kind` and `host` (its host's name).
 */
import { LabelKey, type Labels, LabelValue } from '#protocol/text.ts';

export type Term =
  | { type: 'has'; key: string }
  | { type: 'lacks'; key: string }
  | { type: 'is'; key: string; value: string }
  | { type: 'is_not'; key: string; value: string };

export type Selector = Term[];

export type ParsedSelector = { ok: true; selector: Selector } | { ok: false; message: string };

type ParsedTerm = { ok: true; term: Term } | { ok: false; message: string };

const shapeOf = (text: string): Term => {
  const unequal = text.indexOf('!=');
  if (unequal > 0) return { type: 'is_not', key: text.slice(0, unequal).trim(), value: text.slice(unequal + 2).trim() };
  const equal = text.indexOf('=');
  if (equal > 0) return { type: 'is', key: text.slice(0, equal).trim(), value: text.slice(equal + 1).trim() };
  return text.startsWith('!') ? { type: 'lacks', key: text.slice(1).trim() } : { type: 'has', key: text };
};

const parseTerm = (text: string): ParsedTerm => {
  if (text === '') return { ok: false, message: 'has an empty term' };
  const term = shapeOf(text);
  if (!LabelKey.safeParse(term.key).success)
    return { ok: false, message: `"${text}" is not a term: use key, !key, key=value or key!=value` };
  if ('value' in term && (!LabelValue.safeParse(term.value).success || /[=!]/.test(term.value)))
    return { ok: false, message: `"${text}" has a value that no label can have in a selector` };
  return { ok: true, term };
};

export const parseSelector = (text: string): ParsedSelector => {
  const selector: Selector = [];
  for (const part of text.split(',')) {
    const parsed = parseTerm(part.trim());
    if (!parsed.ok) return parsed;
    selector.push(parsed.term);
  }
  return { ok: true, selector };
};

export type Labeled = {
  labels: Labels | null;
  host_labels: Labels | null;
  os: string;
  arch: string;
  kind: string;
  host_name: string;
};

const implicitLabel = (device: Labeled, key: string): string | undefined => {
  switch (key) {
    case 'os':
      return device.os;
    case 'arch':
      return device.arch;
    case 'kind':
      return device.kind;
    case 'host':
      return device.host_name;
    default:
      return undefined;
  }
};

const own = (labels: Labels | null, key: string): string | undefined =>
  labels !== null && Object.hasOwn(labels, key) ? labels[key] : undefined;

const labelOf = (device: Labeled, key: string): string | undefined =>
  own(device.labels, key) ?? own(device.host_labels, key) ?? implicitLabel(device, key);

const holds = (term: Term, device: Labeled): boolean => {
  const value = labelOf(device, term.key);
  switch (term.type) {
    case 'has':
      return value !== undefined;
    case 'lacks':
      return value === undefined;
    case 'is':
      return value === term.value;
    case 'is_not':
      return value !== term.value;
  }
};

export const matches = (selector: Selector, device: Labeled): boolean => selector.every((term) => holds(term, device));

/** The name that a deployment or a schedule gets when a person gives none, as far as it is known before it is made. */
import { assertNever } from '#protocol/assert.ts';
import type { ActionForm } from './action-form.ts';

/** A name is one short line; longer ones are cut where they are made. */
const MAX_CHARACTERS = 60;

const firstLine = (text: string): string => text.split('\n', 1)[0]?.slice(0, MAX_CHARACTERS) ?? '';

/** `labels` of what the action names, in order; null for one that is not known. Null: nothing can be said yet. */
export const automaticName = (form: ActionForm, labels: readonly (string | null)[]): string | null => {
  const [first] = labels;
  if (first === undefined || first === null) return null;
  const label = `${firstLine(first)}${labels.length > 1 ? ` and ${labels.length - 1} more` : ''}`;
  switch (form.kind) {
    case 'command':
      return `Run ${label}`;
    case 'script':
      return `${label}_HHMMSS`;
    case 'software':
      return `${form.software.operation === 'install' ? 'Install' : 'Remove'} ${label}`;
    case 'files':
      return `Copy ${label}`;
    default:
      return assertNever(form.kind);
  }
};

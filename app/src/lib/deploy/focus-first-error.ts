import { tick } from 'svelte';

const WRONG = '[aria-invalid="true"], [role="alert"]';

/** What takes what is typed or chosen first; of a list that is its search. */
const controlIn = (part: Element | null): HTMLElement | null =>
  part?.querySelector<HTMLElement>('input, textarea, select') ?? part?.querySelector<HTMLElement>('button') ?? null;

/** To the first field that is wrong, so that nobody has to look for it. */
export const focusFirstError = async (form: HTMLElement | null): Promise<void> => {
  await tick();
  const wrong = form?.querySelector<HTMLElement>(WRONG);
  if (wrong === null || wrong === undefined) return;
  wrong.scrollIntoView({ block: 'center' });
  const control = wrong.matches('[aria-invalid]') ? wrong : controlIn(wrong.closest('fieldset, [data-field]'));
  control?.focus({ preventScroll: true });
};

/** Keys that work on every page: `/` goes to the search field, `g` and a letter to a page. */
import { goto } from '$app/navigation';
import { navigation } from './navigation.ts';

/** Time for the second key. */
const SEQUENCE_MS = 1200;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

const focusSearch = (event: KeyboardEvent): void => {
  const field = document.querySelector<HTMLInputElement>('[data-search]');
  if (field === null) return;
  event.preventDefault();
  field.focus();
  field.select();
};

/** Whether a key press is meant for the page: no one types, nothing lies over it, and nothing else took it. */
export const isForPage = (event: KeyboardEvent): boolean =>
  !(event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) &&
  document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"],[role="listbox"]') === null;

/** The handler of one page's key presses. */
export const createShortcuts = (): ((event: KeyboardEvent) => void) => {
  let pressedG = Number.NEGATIVE_INFINITY;
  return (event) => {
    if (!isForPage(event)) return;
    if (event.key === '/') return focusSearch(event);
    const inSequence = event.timeStamp - pressedG < SEQUENCE_MS;
    pressedG = event.key === 'g' && !inSequence ? event.timeStamp : Number.NEGATIVE_INFINITY;
    const item = inSequence ? navigation.find((candidate) => candidate.key === event.key) : undefined;
    if (item === undefined) return;
    // A page's own keys may be the same.
    event.preventDefault();
    void goto(item.href);
  };
};

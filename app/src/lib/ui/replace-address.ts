import { goto } from '$app/navigation';

/** Shows the same page in another way: the way back leads past it, and what one types in keeps the focus. */
export const replaceAddress = (address: string | URL): void => {
  void goto(address, { replaceState: true, keepFocus: true, noScroll: true });
};

/** What the filters of lists have in common: each is in its page's address, and what is empty in it lets everything through. */

export type ListFilter = Record<string, string> & { q: string };

export const isFiltered = (filter: Readonly<ListFilter>): boolean => Object.values(filter).some((part) => part !== '');

export const hasText = (texts: readonly (string | null)[], q: string): boolean => {
  const wanted = q.trim().toLowerCase();
  return wanted === '' || texts.some((text) => text?.toLowerCase().includes(wanted));
};

/** The `label` query of a list: `key`, or `key=value`. */
export type LabelFilter = { key: string; value: string | null };

export const parseLabel = (text: string | undefined): LabelFilter | null => {
  if (text === undefined) return null;
  const split = text.indexOf('=');
  return split < 0 ? { key: text, value: null } : { key: text.slice(0, split), value: text.slice(split + 1) };
};

/** One choice of a select or a combobox. */
export type Option<Value extends string = string> = {
  value: Value;
  label: string;
  description?: string;
  disabled?: boolean;
};

/** The choices of values that have a look. */
export const optionsOf = <Value extends string>(
  values: readonly Value[],
  looks: Readonly<Record<Value, { label: string }>>,
): Option<Value>[] => values.map((value) => ({ value, label: looks[value].label }));

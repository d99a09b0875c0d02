/** One choice of a select or a combobox. */
export type Option<Value extends string = string> = {
  value: Value;
  label: string;
  description?: string;
  disabled?: boolean;
};

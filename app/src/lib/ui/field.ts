/** What a field hands to its control so that label, hint and error belong to it. */
export type FieldControl = {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
};

/** What a field needs of its form: what is wrong at a path, and to tell that a person has been there. */
export interface FieldForm {
  error: (path: string) => string | null;
  touch: (path: string) => void;
}

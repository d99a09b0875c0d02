/** What the fields of a spec need of the form that they are in: for a deployment, or for a schedule. */
import type { DeployForm } from './form.ts';

/** What any field needs of its form: what is wrong at a path, and a place to tell that a person has been there. */
export interface FieldForm {
  error: (path: string) => string | null;
  touch: (path: string) => void;
}

export interface SpecModel extends FieldForm {
  readonly form: DeployForm;
  /** Whether the server has the value of a secret variable and keeps it when none is typed. */
  keepsSecret: (name: string) => boolean;
}

/** What the fields of a spec need of the form that they are in: for a deployment, or for a schedule. */
import type { FieldForm } from '../ui/field.ts';
import type { DeployForm } from './form.ts';

export interface SpecModel extends FieldForm {
  readonly form: DeployForm;
  /** Whether the server has the value of a secret variable and keeps it when none is typed. */
  keepsSecret: (name: string) => boolean;
}

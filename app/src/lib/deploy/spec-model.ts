/** What the fields of a spec need of the form that they are in: for a deployment, or for a schedule. */
import type { DeployForm } from './form.ts';

export interface SpecModel {
  readonly form: DeployForm;
  error: (path: string) => string | null;
  touch: (path: string) => void;
  /** Whether the server has the value of a secret variable and keeps it when none is typed. */
  keepsSecret: (name: string) => boolean;
}

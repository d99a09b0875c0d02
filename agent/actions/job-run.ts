/** A job that passed the policy, with all that its actions share: made once by `run-action.ts`. */
import type { JobUser } from '../policy/run-as.ts';
import type { ActionContext } from './action.ts';
import type { Machine } from './machine.ts';

export type JobRun = ActionContext & {
  machine: Machine;
  /** Whom to run as; null is the agent's own user. */
  user: JobUser | null;
  /** The environment of the job's processes, but for what a command's own `env` adds. */
  env: Readonly<Record<string, string>>;
  /** The job's time limit under the policy. */
  timeoutSeconds: number;
};

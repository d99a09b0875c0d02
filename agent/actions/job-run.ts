/** A job that passed the policy, with all that its actions share: made once by `run-action.ts`. */
import type { JobUser } from '../policy/run-as.ts';
import type { ActionContext } from './action.ts';
import type { Arrived } from './arrived.ts';
import type { Machine } from './machine.ts';
import type { Mask } from './secrets/mask.ts';

export type JobRun = ActionContext & {
  machine: Machine;
  /** Whom to run as; null is the agent's own user. */
  user: JobUser | null;
  /** What hides the job's secrets in output; null when it has none. */
  mask: Mask | null;
  /** The environment of the job's processes. */
  env: Readonly<Record<string, string>>;
  /** The job's time limit under the policy. */
  timeoutSeconds: number;
  /** Sees each file that was downloaded before it is used. */
  arrived?: (download: Arrived) => Promise<void>;
};

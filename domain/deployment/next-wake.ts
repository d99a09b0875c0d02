/** When a deployment must look at itself again although nobody calls. */
import type { Millis } from '../millis.ts';
import type { DeploymentState } from './deployment-state.ts';

export const nextWake = ({ status, gate }: DeploymentState): Millis | null =>
  status === 'in_progress' && gate !== null ? gate.until : null;

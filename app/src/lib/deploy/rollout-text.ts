/** A rollout in words: what its waves are called, what is waited for between two, and what a person's word would do to it. */
import { assertNever } from '#protocol/assert.ts';
import type { DeploymentSummary, Gate } from '#protocol/http/deployments.ts';
import { plural } from '../format/number.ts';
import { absoluteTime, formatElapsed } from '../format/time.ts';

type Rollout = Pick<DeploymentSummary, 'strategy' | 'wave' | 'waves' | 'parent'>;

/** `wave` counts from 1. */
export const waveTitle = ({ strategy, waves, parent }: Rollout, wave: number): string => {
  if (waves > 1 && strategy === 'canary') return wave === 1 ? 'Canary' : 'The others';
  if (waves > 1 && strategy === 'blue_green' && parent?.relation !== 'rollback')
    return wave === 1 ? 'Idle side' : 'Switch';
  return `Wave ${wave}`;
};

export interface GateText {
  title: string;
  detail: string;
}

/** What is waited for, who or what ends it, and when at the latest. */
export const gateText = (gate: Gate, rollout: Rollout, now: number): GateText => {
  const left = formatElapsed(Date.parse(gate.until) - now);
  const next = waveTitle(rollout, rollout.wave + 1);
  switch (gate.kind) {
    case 'pause':
      return { title: `Waits ${left}`, detail: `${next} goes by itself at ${absoluteTime(gate.until)}.` };
    case 'promotion':
      return {
        title: 'Waits for a person',
        detail: `${next} goes when somebody promotes it. If nobody has by ${absoluteTime(gate.until)}, in ${left}, the rest is skipped.`,
      };
    default:
      return assertNever(gate.kind);
  }
};

export const controls = ['pause', 'resume', 'promote', 'cancel'] as const;
export type Control = (typeof controls)[number];

/** Which words the deployment takes now. */
export const controlsOf = ({ status, gate }: Pick<DeploymentSummary, 'status' | 'gate'>): Control[] => {
  switch (status) {
    case 'pending':
      return ['cancel'];
    case 'in_progress':
      return gate === null ? ['pause', 'cancel'] : ['promote', 'pause', 'cancel'];
    case 'paused':
      return ['resume', 'cancel'];
    case 'completed':
    case 'partial':
    case 'failed':
    case 'canceled':
      return [];
    default:
      return assertNever(status);
  }
};

type Effect = Pick<DeploymentSummary, 'strategy' | 'wave' | 'waves' | 'parent' | 'pending' | 'running' | 'gate'>;

const goOn = (count: number): string =>
  `${plural(count, 'target')} ${count === 1 ? 'goes' : 'go'} on to ${count === 1 ? 'its' : 'their'} end`;

const startOf = (count: number): string =>
  `${plural(count, 'target')} that ${count === 1 ? 'waits starts' : 'wait start'}`;

/** What would happen, before it is asked for. */
export const effectOf = (control: Control, deployment: Effect): string => {
  const { pending, running } = deployment;
  switch (control) {
    case 'pause':
      return `Nothing further goes to a host until somebody resumes it: ${plural(pending, 'target')} wait. What hosts have goes on: ${goOn(running)}.`;
    case 'resume':
      return `It goes on where it stopped: ${startOf(pending)} when it is their turn.`;
    case 'promote': {
      const next = waveTitle(deployment, deployment.wave + 1);
      return deployment.gate?.kind === 'pause'
        ? `${next} goes now, without waiting any longer.`
        : `${next} goes now. ${plural(pending, 'target')} wait for it.`;
    }
    case 'cancel': {
      const unfinished = pending + running;
      return `${plural(unfinished, 'target')} ${unfinished === 1 ? 'has' : 'have'} not ended: what waits does not start, what runs is stopped. What is done stays done.`;
    }
    default:
      return assertNever(control);
  }
};

/** Says in a few words why targets that have not gone have not. */
import type { Millis } from '../millis.ts';
import type { DeploymentState } from './deployment-state.ts';

const instant = (at: Millis): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** For a wave (from 0) that is not its turn yet. */
export const laterWave = (wave: number, waves: number): string => `wave ${wave + 1} of ${waves}`;

/** For the targets that go next: the rest of the current wave, or the wave behind the gate. */
export const nextToGo = (state: DeploymentState): string => {
  const { gate, rollout, status } = state;
  const waves = rollout.ends.length;
  const place = waves > 1 ? `${laterWave(gate === null ? state.wave : state.wave + 1, waves)}: ` : '';
  if (status === 'paused') return `${place}deployment is paused`;
  if (gate?.kind === 'promotion') return `${place}waits to be promoted until ${instant(gate.until)}`;
  if (gate?.kind === 'pause') return `${place}waits until ${instant(gate.until)}`;
  return rollout.maxConcurrency === null
    ? `${place}waits for the error budget: others are still running`
    : `${place}waits for one of ${rollout.maxConcurrency} slots`;
};

/** Up to which place (from 0, exclusive) targets are next to go. */
export const nextEnd = ({ gate, rollout, wave }: DeploymentState): number =>
  rollout.ends[gate === null ? wave : wave + 1] ?? 0;

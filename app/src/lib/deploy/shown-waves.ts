/** The waves that are worth a line: of very many those around the one that goes, and the others summed up. */
import type { Counts, Wave } from '#protocol/http/deployments.ts';

export type WaveLine =
  | { type: 'wave'; wave: Wave }
  | { type: 'folded'; key: 'earlier' | 'later'; waves: number; counts: Counts };

/** More lines than this nobody reads, and each is drawn again with every change. */
const MAX_LINES = 40;
const EARLIER = 5;
const LATER = 20;

const sum = (waves: readonly Wave[], count: (wave: Wave) => number): number =>
  waves.reduce((total, wave) => total + count(wave), 0);

const folded = (key: 'earlier' | 'later', waves: readonly Wave[]): WaveLine[] =>
  waves.length === 0
    ? []
    : [
        {
          type: 'folded',
          key,
          waves: waves.length,
          counts: {
            total_targets: sum(waves, (wave) => wave.total_targets),
            pending: sum(waves, (wave) => wave.pending),
            running: sum(waves, (wave) => wave.running),
            completed: sum(waves, (wave) => wave.completed),
            failed: sum(waves, (wave) => wave.failed),
            skipped: sum(waves, (wave) => wave.skipped),
            canceled: sum(waves, (wave) => wave.canceled),
            success_rate: null,
          },
        },
      ];

/** `current` counts from 1, as waves do. */
export const shownWaves = (waves: readonly Wave[], current: number): WaveLine[] => {
  const line = (wave: Wave): WaveLine => ({ type: 'wave', wave });
  if (waves.length <= MAX_LINES) return waves.map(line);
  const from = Math.max(0, current - 1 - EARLIER);
  const to = Math.min(waves.length, current + LATER);
  return [
    ...folded('earlier', waves.slice(0, from)),
    ...waves.slice(from, to).map(line),
    ...folded('later', waves.slice(to)),
  ];
};

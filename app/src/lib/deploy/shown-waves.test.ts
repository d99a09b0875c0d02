import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Wave } from '#protocol/http/deployments.ts';
import { shownWaves, type WaveLine } from './shown-waves.ts';

const wave = (number: number): Wave => ({
  wave: number,
  status: 'done',
  total_targets: 2,
  pending: 0,
  running: 0,
  completed: 1,
  failed: 1,
  skipped: 0,
  canceled: 0,
  success_rate: 50,
});
const waves = (count: number) => Array.from({ length: count }, (_, index) => wave(index + 1));
const drawn = (lines: readonly WaveLine[]) =>
  lines.map((line) => (line.type === 'wave' ? line.wave.wave : `${line.key} ${line.waves}: ${line.counts.failed}`));

describe('waves that are shown', () => {
  it('are all of a few', () => expect(drawn(shownWaves(waves(3), 2))).toEqual([1, 2, 3]));

  it('are those around the one that goes, with the failures of the others', () => {
    const lines = drawn(shownWaves(waves(1000), 500));
    expect([lines[0], lines[1], lines.at(-2), lines.at(-1)]).toEqual(['earlier 494: 494', 495, 520, 'later 480: 480']);
  });

  it('contain the one that goes and lose none, however many there are', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (count, at) => {
        const current = Math.min(at, count);
        const lines = shownWaves(waves(count), current);
        expect(lines.length).toBeLessThanOrEqual(40);
        expect(lines.some((line) => line.type === 'wave' && line.wave.wave === current)).toBe(true);
        expect(lines.reduce((sum, line) => sum + (line.type === 'wave' ? 1 : line.waves), 0)).toBe(count);
      }),
    ));
});

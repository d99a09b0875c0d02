/**
 * What a strategy comes to with the devices that are chosen: waves, what is waited for between them, and the error budget, as
 * something to draw and something to read out. The server plans by the same arithmetic; its plan is what counts.
 */
import { assertNever } from '#protocol/assert.ts';
import { failureBudget, waveSizes } from '#protocol/rollout.ts';
import type { Strategy } from '#protocol/strategy.ts';
import { plural } from '../format/number.ts';
import { formatElapsed } from '../format/time.ts';

export type GapKind = 'pause' | 'promotion' | 'switch';

export type PictureStep =
  | { type: 'wave'; key: string; title: string; devices: number }
  | { type: 'gap'; key: string; kind: GapKind; text: string }
  /** Waves that are not drawn one by one. */
  | { type: 'more'; key: string; waves: number; devices: number };

export interface WavePicture {
  steps: PictureStep[];
  /** In a few words. */
  budget: string;
  /** The picture in sentences. */
  text: string;
}

export interface PictureInput {
  strategy: Strategy;
  /** For blue and green: those of the side that is changed. */
  devices: number;
  itemsPerDevice: number;
  /** The side that a blue-green deployment changes, where it is known. */
  idle: 'blue' | 'green' | null;
}

/** More than this are drawn as the first few, a gap with their number, and the last. */
const MAX_DRAWN = 5;
const FIRST_DRAWN = 3;

const seconds = (count: number): string => formatElapsed(count * 1000);

type Gap = { kind: GapKind; text: string };

const gapsBetween = (strategy: Strategy): Gap[] => {
  switch (strategy.type) {
    case 'parallel':
    case 'blue_green':
      return [];
    case 'rolling':
      return strategy.pause_seconds > 0 ? [{ kind: 'pause', text: `wait ${seconds(strategy.pause_seconds)}` }] : [];
    case 'canary': {
      const bake: Gap[] =
        strategy.bake_seconds > 0 ? [{ kind: 'pause', text: `watch for ${seconds(strategy.bake_seconds)}` }] : [];
      return strategy.promote === 'manual' ? [...bake, { kind: 'promotion', text: 'a person promotes' }] : bake;
    }
    default:
      return assertNever(strategy);
  }
};

const waveTitle = (strategy: Strategy, wave: number, waves: number): string => {
  if (strategy.type === 'canary' && waves > 1) return wave === 0 ? 'Canary' : 'The others';
  return waves === 1 ? 'All at once' : `Wave ${wave + 1}`;
};

const stepsOf = (strategy: Strategy, sizes: readonly number[]): PictureStep[] => {
  const drawn = (wave: number): boolean => sizes.length <= MAX_DRAWN || wave < FIRST_DRAWN || wave === sizes.length - 1;
  const gaps = gapsBetween(strategy);
  const folded = sizes.filter((_, wave) => !drawn(wave));
  const steps = sizes.flatMap((devices, wave): PictureStep[] => {
    if (wave === FIRST_DRAWN && folded.length > 0) {
      const inFolded = folded.reduce((sum, size) => sum + size, 0);
      return [{ type: 'more', key: 'more', waves: folded.length, devices: inFolded }];
    }
    if (!drawn(wave)) return [];
    const before = wave === 0 ? [] : gaps;
    return [
      ...before.map((gap): PictureStep => ({ type: 'gap', key: `${wave} ${gap.kind}`, ...gap })),
      { type: 'wave', key: `wave ${wave}`, title: waveTitle(strategy, wave, sizes.length), devices },
    ];
  });
  return steps;
};

const blueGreenSteps = (
  strategy: Extract<Strategy, { type: 'blue_green' }>,
  devices: number,
  idle: PictureInput['idle'],
): PictureStep[] => {
  const title = idle === null ? 'Idle side' : `Idle side: ${idle}`;
  const promotion: PictureStep[] =
    strategy.promote === 'manual'
      ? [{ type: 'gap', key: 'promotion', kind: 'promotion', text: 'a person promotes' }]
      : [];
  const text = strategy.switch === null ? 'it becomes the active side' : 'both sides run the switch command';
  return [
    { type: 'wave', key: 'idle', title, devices },
    ...promotion,
    { type: 'gap', key: 'switch', kind: 'switch', text },
  ];
};

export const budgetText = (strategy: Strategy, targets: number): string => {
  const allowed = failureBudget(strategy.max_failures, targets);
  if (allowed === null) return 'Failures do not stop it';
  if (allowed === 0) return 'The first failure stops it';
  return `${plural(allowed, 'failure')} of ${plural(targets, 'target')} allowed, one more stops it`;
};

const spoken = (step: PictureStep): string => {
  switch (step.type) {
    case 'wave':
      return `${step.title}, ${plural(step.devices, 'device')}`;
    case 'gap':
      return step.text;
    case 'more':
      return `${plural(step.waves, 'more wave')} of ${plural(step.devices, 'device')} in all`;
    default:
      return assertNever(step);
  }
};

/** Null while there is no device to draw. */
export const wavePicture = ({ strategy, devices, itemsPerDevice, idle }: PictureInput): WavePicture | null => {
  if (devices === 0) return null;
  const steps =
    strategy.type === 'blue_green'
      ? blueGreenSteps(strategy, devices, idle)
      : stepsOf(strategy, waveSizes(strategy, devices));
  const budget = budgetText(strategy, devices * itemsPerDevice);
  return { steps, budget, text: `${steps.map(spoken).join('; then ')}. ${budget}.` };
};

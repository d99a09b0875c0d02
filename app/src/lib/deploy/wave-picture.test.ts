import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Strategy } from '#protocol/strategy.ts';
import { id } from './test-ids.ts';
import { budgetText, type PictureStep, wavePicture } from './wave-picture.ts';

const strategy = (fields: Record<string, unknown>): Strategy => Strategy.parse(fields);
const draw = (fields: Record<string, unknown>, devices: number) =>
  wavePicture({ strategy: strategy(fields), devices, itemsPerDevice: 1, idle: null });
const brief = (steps: readonly PictureStep[] | undefined) =>
  steps?.map((step) => {
    if (step.type === 'gap') return step.text;
    return step.type === 'wave' ? `${step.title}: ${step.devices}` : `${step.waves} more: ${step.devices}`;
  });

describe('picture of the waves', () => {
  it('is nothing without devices', () => expect(draw({ type: 'parallel' }, 0)).toBeNull());

  it('shows one wave when all go at once', () =>
    expect(brief(draw({ type: 'parallel' }, 7)?.steps)).toEqual(['All at once: 7']));

  it('shows pauses between the waves of a rolling one', () =>
    expect(brief(draw({ type: 'rolling', batch_size: 3, pause_seconds: 60 }, 7)?.steps)).toEqual([
      'Wave 1: 3',
      'wait 1 min',
      'Wave 2: 3',
      'wait 1 min',
      'Wave 3: 1',
    ]));

  it('folds the middle of many waves and loses none of their devices', () =>
    expect(brief(draw({ type: 'rolling', batch_size: 10 }, 95)?.steps)).toEqual([
      'Wave 1: 10',
      'Wave 2: 10',
      'Wave 3: 10',
      '6 more: 60',
      'Wave 10: 5',
    ]));

  it('shows the bake and the promotion of a canary', () =>
    expect(brief(draw({ type: 'canary', canary_percent: 10, bake_seconds: 90, promote: 'manual' }, 25)?.steps)).toEqual(
      ['Canary: 3', 'watch for 1 min 30 s', 'a person promotes', 'The others: 22'],
    ));

  it('has no gap after a canary that is everybody', () =>
    expect(brief(draw({ type: 'canary', canary_size: 9, bake_seconds: 90 }, 4)?.steps)).toEqual(['All at once: 4']));

  it('shows the idle side, the promotion and the switch of blue and green', () => {
    const fields = { type: 'blue_green', blue_group_id: id('grp', 1), green_group_id: id('grp', 2), promote: 'manual' };
    const picture = wavePicture({ strategy: strategy(fields), devices: 4, itemsPerDevice: 1, idle: 'green' });
    expect(brief(picture?.steps)).toEqual(['Idle side: green: 4', 'a person promotes', 'it becomes the active side']);
  });

  it('can be read out', () =>
    expect(draw({ type: 'canary', canary_size: 1, bake_seconds: 60 }, 3)?.text).toBe(
      'Canary, 1 device; then watch for 1 min; then The others, 2 devices. The first failure stops it.',
    ));

  it('never loses or doubles a device', () => {
    const size = fc.oneof(
      fc.record({ batch_size: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ batch_percent: fc.integer({ min: 1, max: 100 }) }),
    );
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 500 }), (batch, devices) => {
        const drawn = draw({ type: 'rolling', ...batch }, devices)?.steps ?? [];
        const shown = drawn.reduce((sum, step) => sum + (step.type === 'gap' ? 0 : step.devices), 0);
        expect(shown).toBe(devices);
      }),
    );
  });
});

describe('error budget in words', () => {
  const rolling = (max_failures: number | string | null) => strategy({ type: 'rolling', batch_size: 1, max_failures });
  it('rounds a percentage down', () => {
    expect(budgetText(rolling('10%'), 39)).toBe('3 failures of 39 targets allowed, one more stops it');
    expect(budgetText(rolling('10%'), 9)).toBe('The first failure stops it');
  });
  it('says that there is none', () => expect(budgetText(rolling(null), 9)).toBe('Failures do not stop it'));
});

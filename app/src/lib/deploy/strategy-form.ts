/** The strategy as a person fills it in, and the way from it to a spec and back. What one type has is kept while another is looked at. */
import { assertNever } from '#protocol/assert.ts';
import type { Shell } from '#protocol/shell.ts';
import type { Promotion, Strategy, StrategyType } from '#protocol/strategy.ts';
import { countOrPercent, wholeNumber, wholeNumberOrNull } from './number-text.ts';

export interface StrategyForm {
  type: StrategyType;
  /** Devices in a wave: `5` or `10%`. */
  batch: string;
  pauseSeconds: string;
  canary: string;
  bakeSeconds: string;
  promote: Promotion;
  blueGroupId: string;
  greenGroupId: string;
  switchCommand: string;
  switchShell: Shell;
  maxConcurrency: string;
  /** `3` or `10%`; empty: no bound. */
  maxFailures: string;
}

export const emptyStrategy = (): StrategyForm => ({
  type: 'parallel',
  batch: '25%',
  pauseSeconds: '0',
  canary: '1',
  bakeSeconds: '60',
  promote: 'auto',
  blueGroupId: '',
  greenGroupId: '',
  switchCommand: '',
  switchShell: 'sh',
  maxConcurrency: '',
  maxFailures: '',
});

/** Who goes carefully wants no failure; who goes everywhere at once does not count them. */
const usualFailures = (type: StrategyType): string => (type === 'canary' || type === 'blue_green' ? '0' : '');

/** Another type brings its own usual budget, unless a person has set one. */
export const withType = (form: StrategyForm, type: StrategyType): StrategyForm => ({
  ...form,
  type,
  maxFailures: form.maxFailures === usualFailures(form.type) ? usualFailures(type) : form.maxFailures,
});

const sized = (name: 'batch' | 'canary', text: string): Record<string, unknown> => {
  const size = countOrPercent(text);
  return 'percent' in size ? { [`${name}_percent`]: size.percent } : { [`${name}_size`]: size.count };
};

const failureLimit = (text: string): number | string | null =>
  text.includes('%') ? text.replaceAll(' ', '') : wholeNumberOrNull(text);

const ofType = (form: StrategyForm): Record<string, unknown> => {
  switch (form.type) {
    case 'parallel':
      return {};
    case 'rolling':
      return { ...sized('batch', form.batch), pause_seconds: wholeNumber(form.pauseSeconds) };
    case 'canary':
      return { ...sized('canary', form.canary), bake_seconds: wholeNumber(form.bakeSeconds), promote: form.promote };
    case 'blue_green': {
      const { blueGroupId, greenGroupId, promote, switchCommand, switchShell } = form;
      const onSwitch = switchCommand.trim() === '' ? null : { command: switchCommand, shell: switchShell };
      return { blue_group_id: blueGroupId, green_group_id: greenGroupId, promote, switch: onSwitch };
    }
    default:
      return assertNever(form.type);
  }
};

export const strategyInput = (form: StrategyForm): Record<string, unknown> => ({
  type: form.type,
  ...ofType(form),
  max_concurrency: wholeNumberOrNull(form.maxConcurrency),
  max_failures: failureLimit(form.maxFailures),
});

const sizeText = (count: number | undefined, percent: number | undefined): string =>
  percent === undefined ? String(count ?? '') : `${percent}%`;

const fromType = (strategy: Strategy): Partial<StrategyForm> => {
  switch (strategy.type) {
    case 'parallel':
      return {};
    case 'rolling':
      return {
        batch: sizeText(strategy.batch_size, strategy.batch_percent),
        pauseSeconds: String(strategy.pause_seconds),
      };
    case 'canary':
      return {
        canary: sizeText(strategy.canary_size, strategy.canary_percent),
        bakeSeconds: String(strategy.bake_seconds),
        promote: strategy.promote,
      };
    case 'blue_green':
      return {
        blueGroupId: strategy.blue_group_id,
        greenGroupId: strategy.green_group_id,
        promote: strategy.promote,
        switchCommand: strategy.switch?.command ?? '',
        switchShell: strategy.switch?.shell ?? 'sh',
      };
    default:
      return assertNever(strategy);
  }
};

export const strategyForm = (strategy: Strategy): StrategyForm => ({
  ...emptyStrategy(),
  ...fromType(strategy),
  type: strategy.type,
  maxConcurrency: strategy.max_concurrency === null ? '' : String(strategy.max_concurrency),
  maxFailures: strategy.max_failures === null ? '' : String(strategy.max_failures),
});

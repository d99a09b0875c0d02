/** What the form comes to while it is filled in: how many devices and targets, the picture of the waves, the idle side. */
import { assertNever } from '#protocol/assert.ts';
import type { ActiveColor } from '#protocol/http/deployments.ts';
import { type Color, Strategy } from '#protocol/strategy.ts';
import { api } from '../api/api.ts';
import { activeColor, otherColor } from './active-colors.ts';
import type { DeployForm } from './form.ts';
import { type Preview, previewOf } from './preview.ts';
import { strategyInput } from './strategy-form.ts';
import type { TargetChoice } from './target-choice.svelte.ts';
import { type WavePicture, wavePicture } from './wave-picture.ts';

const itemsOf = (form: DeployForm): number => {
  switch (form.kind) {
    case 'command':
    case 'script':
      return 1;
    case 'software':
      return form.software.softwareIds.length + form.software.custom.length;
    case 'files':
      return form.files.fileIds.length;
    default:
      return assertNever(form.kind);
  }
};

export class DeployOutlook {
  readonly #form: () => DeployForm;
  readonly #choice: TargetChoice;
  #pairs = $state.raw<readonly ActiveColor[] | null>(null);
  readonly items = $derived.by(() => itemsOf(this.#form()));
  readonly groupIds = $derived.by(() => this.#groupIds());
  readonly preview = $derived.by(() => this.#preview());
  readonly picture = $derived.by(() => this.#picture());

  constructor(form: () => DeployForm, choice: TargetChoice) {
    this.#form = form;
    this.#choice = choice;
  }

  /** The side that a deployment would change; null while it is not known. */
  get idle(): Color | null {
    const { blueGroupId, greenGroupId } = this.#form().strategy;
    return this.#pairs === null ? null : otherColor(activeColor(this.#pairs, blueGroupId, greenGroupId));
  }

  /** A failure leaves the sides unknown and the form as it is. */
  async loadColors(): Promise<void> {
    const answer = await api.blueGreen().catch(() => null);
    if (answer !== null) this.#pairs = answer.items;
  }

  /** The groups that are changed. */
  #groupIds(): string[] {
    const { strategy, groupIds } = this.#form();
    if (strategy.type !== 'blue_green') return groupIds;
    const idle = this.idle === 'blue' ? strategy.blueGroupId : strategy.greenGroupId;
    return idle === '' ? [] : [idle];
  }

  #preview(): Preview {
    const form = this.#form();
    const deviceIds = form.strategy.type === 'blue_green' ? [] : form.deviceIds;
    const devices = this.#choice.chosenDevices(deviceIds);
    return previewOf({
      devices,
      unknownDevices: deviceIds.length - devices.length,
      groups: this.#choice.chosenGroups(this.groupIds),
      itemsPerDevice: Math.max(1, this.items),
      offlinePolicy: form.offlinePolicy,
      expiresInSeconds: /^\d{1,9}$/.test(form.expiresInSeconds) ? Number(form.expiresInSeconds) : null,
    });
  }

  /** Null while the strategy is not right, or nothing is chosen. */
  #picture(): WavePicture | null {
    const strategy = Strategy.safeParse(strategyInput(this.#form().strategy));
    if (!strategy.success) return null;
    return wavePicture({
      strategy: strategy.data,
      devices: this.preview.deviceCount,
      itemsPerDevice: Math.max(1, this.items),
      idle: this.idle,
    });
  }
}

/** How each word to a schedule is called and drawn. */
import CirclePlay from '@lucide/svelte/icons/circle-play';
import Pause from '@lucide/svelte/icons/pause';
import Square from '@lucide/svelte/icons/square';
import StepForward from '@lucide/svelte/icons/step-forward';
import Trash2 from '@lucide/svelte/icons/trash-2';
import type { Component } from 'svelte';
import type { ScheduleControl } from './schedule-controls.ts';

export const controlLook: Record<ScheduleControl, { label: string; icon: Component<{ class?: string }> }> = {
  execute: { label: 'Run now', icon: StepForward },
  pause: { label: 'Pause', icon: Pause },
  resume: { label: 'Resume', icon: CirclePlay },
  stop: { label: 'Stop', icon: Square },
  delete: { label: 'Delete', icon: Trash2 },
};

/** How each state looks and is called: one place, so that a state looks the same on every page. */
import Ban from '@lucide/svelte/icons/ban';
import CalendarClock from '@lucide/svelte/icons/calendar-clock';
import CalendarOff from '@lucide/svelte/icons/calendar-off';
import CalendarX from '@lucide/svelte/icons/calendar-x';
import CircleCheck from '@lucide/svelte/icons/circle-check';
import CircleDashed from '@lucide/svelte/icons/circle-dashed';
import CircleX from '@lucide/svelte/icons/circle-x';
import Clock from '@lucide/svelte/icons/clock';
import Download from '@lucide/svelte/icons/download';
import ListEnd from '@lucide/svelte/icons/list-end';
import LoaderCircle from '@lucide/svelte/icons/loader-circle';
import Pause from '@lucide/svelte/icons/pause';
import Plug from '@lucide/svelte/icons/plug';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import SkipForward from '@lucide/svelte/icons/skip-forward';
import Square from '@lucide/svelte/icons/square';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import Unplug from '@lucide/svelte/icons/unplug';
import type { Component } from 'svelte';
import type { RunOutcome } from '#protocol/http/schedules.ts';
import type { DeploymentStatus, ExecutionStatus, HostStatus, ScheduleStatus, TargetStatus } from '#protocol/states.ts';
import type { Tone } from './tone.ts';

export type StatusLook = { label: string; tone: Tone; icon: Component<{ class?: string }>; spin?: boolean };

export const deploymentLook: Record<DeploymentStatus, StatusLook> = {
  pending: { label: 'Pending', tone: 'idle', icon: Clock },
  in_progress: { label: 'In progress', tone: 'busy', icon: LoaderCircle, spin: true },
  paused: { label: 'Paused', tone: 'warn', icon: Pause },
  completed: { label: 'Completed', tone: 'good', icon: CircleCheck },
  partial: { label: 'Partial', tone: 'warn', icon: TriangleAlert },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  canceled: { label: 'Canceled', tone: 'idle', icon: Ban },
};

export const targetLook: Record<TargetStatus, StatusLook> = {
  pending: { label: 'Pending', tone: 'idle', icon: CircleDashed },
  queued: { label: 'Queued', tone: 'idle', icon: ListEnd },
  downloading: { label: 'Downloading', tone: 'busy', icon: Download },
  installing: { label: 'Installing', tone: 'busy', icon: LoaderCircle, spin: true },
  running: { label: 'Running', tone: 'busy', icon: LoaderCircle, spin: true },
  verifying: { label: 'Verifying', tone: 'busy', icon: ShieldCheck },
  completed: { label: 'Completed', tone: 'good', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  canceled: { label: 'Canceled', tone: 'idle', icon: Ban },
  skipped: { label: 'Skipped', tone: 'idle', icon: SkipForward },
};

export const hostLook: Record<HostStatus, StatusLook> = {
  online: { label: 'Online', tone: 'good', icon: Plug },
  offline: { label: 'Offline', tone: 'idle', icon: Unplug },
};

export const scheduleLook: Record<ScheduleStatus, StatusLook> = {
  active: { label: 'Active', tone: 'accent', icon: CalendarClock },
  paused: { label: 'Paused', tone: 'warn', icon: Pause },
  stopped: { label: 'Stopped', tone: 'idle', icon: Square },
  completed: { label: 'Completed', tone: 'good', icon: CircleCheck },
  expired: { label: 'Expired', tone: 'idle', icon: CalendarOff },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
};

export const executionLook: Record<ExecutionStatus, StatusLook> = {
  queued: { label: 'Queued', tone: 'idle', icon: ListEnd },
  running: { label: 'Running', tone: 'busy', icon: LoaderCircle, spin: true },
  completed: { label: 'Completed', tone: 'good', icon: CircleCheck },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  skipped: { label: 'Skipped', tone: 'idle', icon: SkipForward },
};

export const outcomeLook: Record<RunOutcome, StatusLook> = {
  due: { label: 'Due', tone: 'accent', icon: Clock },
  running: { label: 'Running', tone: 'busy', icon: LoaderCircle, spin: true },
  completed: { label: 'Completed', tone: 'good', icon: CircleCheck },
  partial: { label: 'Partial', tone: 'warn', icon: TriangleAlert },
  failed: { label: 'Failed', tone: 'bad', icon: CircleX },
  canceled: { label: 'Canceled', tone: 'idle', icon: Ban },
  skipped: { label: 'Skipped', tone: 'idle', icon: SkipForward },
  missed: { label: 'Missed', tone: 'warn', icon: CalendarX },
};

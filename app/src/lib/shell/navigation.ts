/** The pages of the main navigation, in order, and which of them is shown. */
import Boxes from '@lucide/svelte/icons/boxes';
import CalendarClock from '@lucide/svelte/icons/calendar-clock';
import FileCode from '@lucide/svelte/icons/file-code';
import Files from '@lucide/svelte/icons/files';
import House from '@lucide/svelte/icons/house';
import Package from '@lucide/svelte/icons/package';
import Rocket from '@lucide/svelte/icons/rocket';
import Server from '@lucide/svelte/icons/server';
import Settings from '@lucide/svelte/icons/settings';
import type { Component } from 'svelte';

export type NavigationItem = {
  href: string;
  label: string;
  icon: Component<{ class?: string }>;
  /** Pressed after `g`. */
  key: string;
};

export const navigation: readonly NavigationItem[] = [
  { href: '/', label: 'Dashboard', icon: House, key: 'd' },
  { href: '/hosts', label: 'Hosts', icon: Server, key: 'h' },
  { href: '/groups', label: 'Groups', icon: Boxes, key: 'g' },
  { href: '/deployments', label: 'Deployments', icon: Rocket, key: 'p' },
  { href: '/schedules', label: 'Schedules', icon: CalendarClock, key: 't' },
  { href: '/software', label: 'Software', icon: Package, key: 's' },
  { href: '/scripts', label: 'Scripts', icon: FileCode, key: 'c' },
  { href: '/files', label: 'Files', icon: Files, key: 'f' },
  { href: '/settings', label: 'Settings', icon: Settings, key: ',' },
];

export const isCurrent = (item: NavigationItem, pathname: string): boolean =>
  item.href === '/' ? pathname === '/' : pathname === item.href || pathname.startsWith(`${item.href}/`);

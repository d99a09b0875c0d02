import type { Component } from 'svelte';

/** One line of a dropdown menu; `href` makes it a link. */
export type MenuItem = {
  label: string;
  icon?: Component<{ class?: string }>;
  danger?: boolean;
  disabled?: boolean;
} & ({ href: string } | { onselect: () => void });

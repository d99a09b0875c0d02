/** How each kind of action is called and drawn. */

import FileCode from '@lucide/svelte/icons/file-code';
import Files from '@lucide/svelte/icons/files';
import Package from '@lucide/svelte/icons/package';
import SquareTerminal from '@lucide/svelte/icons/square-terminal';
import type { Component } from 'svelte';
import { ActionKind } from '#protocol/spec.ts';
import { optionsOf } from '../ui/option.ts';

export const kindLook: Record<ActionKind, { label: string; icon: Component<{ class?: string }> }> = {
  command: { label: 'Command', icon: SquareTerminal },
  script: { label: 'Script', icon: FileCode },
  software: { label: 'Software', icon: Package },
  files: { label: 'Files', icon: Files },
};

export const kindOptions = optionsOf(ActionKind.options, kindLook);

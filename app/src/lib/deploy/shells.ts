import type { Shell } from '#protocol/shell.ts';

/** The choices of a shell. */
export const shells: { value: Shell; label: string; description: string }[] = [
  { value: 'sh', label: 'sh', description: 'Linux and macOS' },
  { value: 'bash', label: 'bash', description: 'Linux and macOS' },
  { value: 'powershell', label: 'powershell', description: 'Windows' },
  { value: 'cmd', label: 'cmd', description: 'Windows' },
];

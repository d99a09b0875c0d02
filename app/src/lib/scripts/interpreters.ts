import type { Interpreter } from '#protocol/script.ts';

/** The choices of an interpreter. */
export const interpreters: { value: Interpreter; label: string; description: string }[] = [
  { value: 'sh', label: 'sh', description: 'Linux and macOS' },
  { value: 'bash', label: 'bash', description: 'Linux and macOS' },
  { value: 'python', label: 'python', description: 'Where Python 3 is installed' },
  { value: 'node', label: 'node', description: 'Where Node.js is installed' },
  { value: 'powershell', label: 'powershell', description: 'Windows, or where PowerShell is installed' },
  { value: 'cmd', label: 'cmd', description: 'Windows' },
];

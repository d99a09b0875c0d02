/** Argument vectors that hand a command's text to a shell, for each platform; pure. */
import { assertNever } from '#protocol/assert.ts';
import type { Shell } from '#protocol/shell.ts';
import type { Platform } from '../policy/paths.ts';
import type { Vector } from './process/as-user.ts';

export type ShellStart = {
  argv: Vector;
  /** A file that must exist before the start: the command's text where it is too long for an argument. */
  script: { path: string; text: string } | null;
  /** Windows: the last argument is already quoted. */
  verbatim: boolean;
};

/** Linux takes 128 KiB in one argument, Windows 32 Ki characters in all of them (and base64 of UTF-16 takes 2.7 for one). */
const MAX_UNIX_ARGUMENT_BYTES = 120 * 1024;
const MAX_POWERSHELL_CHARACTERS = 11_000;
const MAX_CMD_CHARACTERS = 8000;

/** Programs that may stand for a shell, the best first. */
export const shellPrograms = (platform: Platform, shell: Shell): string[] => {
  switch (shell) {
    case 'sh':
    case 'bash':
      return [shell];
    case 'powershell':
      return platform === 'windows' ? ['pwsh', 'powershell'] : ['pwsh'];
    case 'cmd':
      return platform === 'windows' ? ['cmd'] : [];
    default:
      return assertNever(shell);
  }
};

const unixShell = (program: string, command: string, folder: string): ShellStart => {
  if (Buffer.byteLength(command) > MAX_UNIX_ARGUMENT_BYTES) {
    const path = `${folder}/command.sh`;
    return { argv: [program, path], script: { path, text: command }, verbatim: false };
  }
  // A text that starts with - or + would be read as an option of the shell.
  const text = /^[-+]/.test(command) ? ` ${command}` : command;
  return { argv: [program, '-c', text], script: null, verbatim: false };
};

const powershell = (program: string, command: string, folder: string, separator: string): ShellStart => {
  // The exit code of the last program, which powershell otherwise turns into 1; and output that is UTF-8.
  const text = `[Console]::OutputEncoding = [Text.Encoding]::UTF8; $ProgressPreference = 'SilentlyContinue'; $global:LASTEXITCODE = 0
${command}
if (-not $?) { if ($LASTEXITCODE) { exit $LASTEXITCODE } else { exit 1 } }; exit $LASTEXITCODE`;
  const options = ['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'];
  if (text.length > MAX_POWERSHELL_CHARACTERS) {
    const path = `${folder}${separator}command.ps1`;
    // Windows PowerShell reads a file without a byte order mark in the system's code page.
    return { argv: [program, ...options, '-File', path], script: { path, text: `\uFEFF${text}` }, verbatim: false };
  }
  const encoded = Buffer.from(text, 'utf16le').toString('base64');
  return { argv: [program, ...options, '-EncodedCommand', encoded], script: null, verbatim: false };
};

const cmd = (program: string, command: string, folder: string): ShellStart => {
  if (/[\r\n]/.test(command) || command.length > MAX_CMD_CHARACTERS) {
    const path = `${folder}\\command.cmd`;
    const text = `@echo off\r\nchcp 65001 >nul\r\n${command.replace(/\r?\n/g, '\r\n')}\r\n`;
    return { argv: [program, '/d', '/s', '/c', `"${path}"`], script: { path, text }, verbatim: true };
  }
  return { argv: [program, '/d', '/s', '/c', `"${command}"`], script: null, verbatim: true };
};

/** `folder` is the job's own, where a script may be put. */
export const startShell = (
  platform: Platform,
  shell: Shell,
  program: string,
  command: string,
  folder: string,
): ShellStart => {
  switch (shell) {
    case 'sh':
    case 'bash':
      return unixShell(program, command, folder);
    case 'powershell':
      return powershell(program, command, folder, platform === 'windows' ? '\\' : '/');
    case 'cmd':
      return cmd(program, command, folder);
    default:
      return assertNever(shell);
  }
};

/** How a script is started: files to write first, and the argument vector; pure. */
import { posix, win32 } from 'node:path';
import type { ScriptJob } from '#protocol/agent/job.ts';
import { assertNever } from '#protocol/assert.ts';
import type { Interpreter } from '#protocol/script.ts';
import type { Platform } from '../policy/paths.ts';
import type { Vector } from './process/as-user.ts';
import { shellPrograms } from './shells.ts';

export type ScriptStart = {
  files: { path: string; text: string }[];
  argv: Vector;
  /** Windows: the last argument is already quoted. */
  verbatim: boolean;
};

export type StartedScript = { ok: true; start: ScriptStart } | { ok: false; message: string };

/** Programs that may stand for an interpreter, the best first. */
export const interpreterPrograms = (platform: Platform, interpreter: Interpreter): string[] => {
  switch (interpreter) {
    case 'sh':
    case 'bash':
    case 'powershell':
    case 'cmd':
      return shellPrograms(platform, interpreter);
    case 'python':
      return ['python3', 'python'];
    case 'node':
      return ['node'];
    default:
      return assertNever(interpreter);
  }
};

/** Beside what the script itself makes in its working folder. */
const OWN_FOLDER = '.deployx';

/** A text that was written on Windows: elsewhere the line ends would become part of names and values. */
const withLineFeeds = (content: string): string => content.replace(/\r\n?/g, '\n');

/** `cmd` has no way to write these in an argument so that they always stay what they are. */
const IMPOSSIBLE_FOR_CMD = /["%!\r\n]/;

const cmd = (program: string, path: string, { content, arguments: words }: ScriptJob): StartedScript => {
  if (words.some((word) => IMPOSSIBLE_FOR_CMD.test(word)))
    return { ok: false, message: 'cmd takes no argument that contains " % ! or a line end' };
  const text = `@echo off\r\nchcp 65001 >nul\r\n${withLineFeeds(content).replaceAll('\n', '\r\n')}\r\n`;
  const line = [path, ...words].map((word) => `"${word}"`).join(' ');
  return {
    ok: true,
    start: { files: [{ path, text }], argv: [program, '/d', '/s', '/c', `"${line}"`], verbatim: true },
  };
};

/** `folder` is the job's own. */
export const startScript = (platform: Platform, program: string, script: ScriptJob, folder: string): StartedScript => {
  const at = (name: string) => (platform === 'windows' ? win32 : posix).join(folder, OWN_FOLDER, name);
  const started = (name: string, text: string, options: readonly string[] = [], more: ScriptStart['files'] = []) => {
    const argv: Vector = [program, ...options, at(name), ...script.arguments];
    return { ok: true as const, start: { files: [{ path: at(name), text }, ...more], argv, verbatim: false } };
  };
  const { interpreter } = script;
  switch (interpreter) {
    case 'sh':
    case 'bash':
      return started('script.sh', withLineFeeds(script.content));
    case 'python':
      // Unbuffered: its output is watched while it runs.
      return started('script.py', withLineFeeds(script.content), ['-u']);
    case 'node':
      // A package.json of some folder above must not decide in which module system the script is read.
      return started('script.js', withLineFeeds(script.content), [], [{ path: at('package.json'), text: '{}' }]);
    case 'powershell': {
      const options = ['-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass', '-File'];
      // Windows PowerShell reads a file without a byte order mark in the system's code page.
      return started('script.ps1', `\uFEFF${script.content}`, options);
    }
    case 'cmd':
      return cmd(program, at('script.cmd'), script);
    default:
      return assertNever(interpreter);
  }
};

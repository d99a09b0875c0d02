/** Path rules of the three platforms as pure functions, so that each is tested on any machine. */
import { posix, win32 } from 'node:path';
import type { HostInfo } from '#protocol/agent/to-server.ts';

export type Platform = HostInfo['os'];

const rulesOf = (platform: Platform) => (platform === 'windows' ? win32 : posix);

const reservedWindowsName = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?$/i;

/** What is wrong with one component of a path; null when nothing is. */
const componentProblem = (platform: Platform, name: string): string | null => {
  if (platform !== 'windows') return null;
  if (reservedWindowsName.test(name.trimEnd())) return `"${name}" is the name of a device`;
  if (/[<>:"|?*]/.test(name)) return `"${name}" contains one of < > : " | ? *`;
  if (/[. ]$/.test(name) && name !== '.' && name !== '..') return `"${name}" ends in a dot or a blank`;
  return null;
};

const splitter = (platform: Platform) => (platform === 'windows' ? /[\\/]+/ : /\/+/);

/** What is wrong with an absolute path as such; null when nothing is. */
export const pathProblem = (platform: Platform, path: string): string | null => {
  if (path.includes('\0')) return 'the path contains NUL';
  if (platform === 'windows') {
    if (/^[\\/]{2}[.?](?:[\\/]|$)/.test(path)) return 'the path names a device';
    if (!/^(?:[A-Za-z]:[\\/]|[\\/]{2}[^\\/]+[\\/]+[^\\/]+)/.test(path)) return 'the path is not absolute';
    const { root } = win32.parse(path);
    return firstProblem(platform, path.slice(root.length));
  }
  return path.startsWith('/') ? null : 'the path is not absolute';
};

const firstProblem = (platform: Platform, rest: string): string | null => {
  for (const name of rest.split(splitter(platform))) {
    const problem = componentProblem(platform, name);
    if (problem !== null) return problem;
  }
  return null;
};

/** What is wrong with a file's own name, which comes from whoever uploaded it. */
export const fileNameProblem = (platform: Platform, name: string): string | null => {
  if (name === '' || name === '.' || name === '..') return `"${name}" is not a file name`;
  if (/[/\\]/.test(name)) return `the file name "${name}" contains a path separator`;
  if (/\p{Cc}/u.test(name)) return 'the file name contains a control character';
  return componentProblem(platform, name);
};

/** Without `.`, `..`, doubled or trailing separators. */
export const normalizePath = (platform: Platform, path: string): string => {
  const rules = rulesOf(platform);
  const normal = rules.normalize(path);
  const { root } = rules.parse(normal);
  return normal.length > root.length ? normal.replace(platform === 'windows' ? /[\\/]+$/ : /\/+$/, '') : normal;
};

export const joinPath = (platform: Platform, folder: string, name: string): string =>
  rulesOf(platform).join(folder, name);

/** Windows and macOS take names that differ in case, and macOS in Unicode form, for one. */
const comparable = (platform: Platform, path: string): string => {
  if (platform === 'linux') return path;
  return platform === 'macos' ? path.normalize('NFC').toLowerCase() : path.toLowerCase();
};

/** Is `path` the folder `root` or something in it? Both are absolute and already free of links. */
export const isWithin = (platform: Platform, root: string, path: string): boolean => {
  const { sep } = rulesOf(platform);
  const folder = comparable(platform, normalizePath(platform, root));
  const inside = comparable(platform, normalizePath(platform, path));
  return inside === folder || inside.startsWith(folder.endsWith(sep) ? folder : folder + sep);
};

/**
 * Where does a path really lead, and may a job write there? The answer is a path without links or `..`, and that path
 * is the one written to: what was checked is what is used. Writers check once more when they hold the folder open
 * (`actions/files/open-directory.ts`), since links can change in between.
 */
import { lstat, realpath } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import { errorCode } from './error-code.ts';
import { isWithin, normalizePath, type Platform, pathProblem } from './paths.ts';

export type PathDecision = { allowed: true; path: string } | { allowed: false; message: string };

const refused = (message: string): PathDecision => ({ allowed: false, message });

const exists = async (path: string): Promise<boolean> => {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    // A component that is a file, or that may not be entered, shows up again when the path is used.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
};

/** Follows the links of the deepest part that exists; what does not exist yet is appended as it is. */
const resolveExisting = async (platform: Platform, path: string): Promise<PathDecision> => {
  const rules = platform === 'windows' ? win32 : posix;
  const missing: string[] = [];
  for (let part = path; ; part = rules.dirname(part)) {
    try {
      return { allowed: true, path: rules.join(await realpath(part), ...missing) };
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') return refused(`${path} cannot be followed (${errorCode(error)} at ${part})`);
    }
    if (await exists(part)) return refused(`${part} is a link that leads nowhere`);
    if (rules.dirname(part) === part) return refused(`${path} does not exist, nor does any folder above it`);
    missing.unshift(rules.basename(part));
  }
};

export const resolvePath = async (platform: Platform, path: string): Promise<PathDecision> => {
  const problem = pathProblem(platform, path);
  if (problem !== null) return refused(`${path}: ${problem}`);
  try {
    return await resolveExisting(platform, normalizePath(platform, path));
  } catch (error) {
    return refused(`${path} cannot be followed (${errorCode(error)})`);
  }
};

/** The real path of `path` when it lies under one of the roots; null roots allow any. */
export const allowedPath = async (
  platform: Platform,
  roots: readonly string[] | null,
  path: string,
): Promise<PathDecision> => {
  const real = await resolvePath(platform, path);
  if (!real.allowed || roots === null) return real;
  for (const root of roots) {
    const folder = await resolvePath(platform, root);
    if (folder.allowed && isWithin(platform, folder.path, real.path)) return real;
  }
  const leads = real.path === normalizePath(platform, path) ? '' : ` (it leads to ${real.path})`;
  return refused(`allow_roots: ${path}${leads} is not under ${roots.length === 0 ? 'any folder' : roots.join(', ')}`);
};

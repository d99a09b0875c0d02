/** Where things lie in the project; every script starts from here, whatever the working directory is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');
export const fromRoot = (...parts: string[]): string => join(ROOT, ...parts);

/** The version in package.json: the one place it is written. */
export function projectVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(fromRoot('package.json'), 'utf8'));
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string') {
    return parsed.version;
  }
  throw new Error('package.json names no version');
}

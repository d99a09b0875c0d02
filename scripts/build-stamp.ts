/** Remembers what a step was last built from. A stamp is removed before a build, so an interrupted one is done again. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Stamped {
  name: string;
  outputs: readonly string[];
}

export function isCurrent(root: string, step: Stamped, hash: string): boolean {
  const stamp = stampPath(root, step.name);
  const built = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  return built && step.outputs.every((output) => existsSync(join(root, output)));
}

export async function buildAndStamp(
  root: string,
  step: Stamped & { run: () => Promise<void> },
  hash: string,
): Promise<void> {
  const stamp = stampPath(root, step.name);
  rmSync(stamp, { force: true });
  await step.run();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

const stampPath = (root: string, name: string): string => join(root, '.cache/build', name);

/** Types, lint and the lockfile: what holds of the sources as they are, without running them. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { missingPlatformPackages } from './lockfile.ts';
import { fromRoot } from './paths.ts';
import { oneCheck, runTool, type Step } from './steps.ts';

const PROMISES_CONFIG = 'scripts/floating-promises.biome.json';

export const TYPE_STEPS: readonly Step[] = [
  oneCheck('types', () => runTool('tsc', ['-b'])),
  oneCheck('types of the app', checkApp),
];

export const CHECK_STEPS: readonly Step[] = [
  ...TYPE_STEPS,
  oneCheck('lint and format', () => runTool('biome', ['check', '--error-on-warnings'])),
  // Apart, because it follows types through all files and takes ten times as long as everything else.
  oneCheck('floating promises', () =>
    runTool('biome', ['lint', `--config-path=${PROMISES_CONFIG}`, '--diagnostic-level=error']),
  ),
  oneCheck('lockfile', checkLockfile),
];

async function checkApp(): Promise<boolean> {
  const cwd = fromRoot('app');
  // The types of routes are generated; a fresh clone has none yet.
  return (
    (await runTool('svelte-kit', ['sync'], { cwd })) &&
    runTool('svelte-check', ['--tsgo', '--fail-on-warnings'], { cwd })
  );
}

const Lock = z.object({
  packages: z.record(z.string(), z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() })),
});

function checkLockfile(): boolean {
  if (!existsSync(fromRoot('package-lock.json'))) return false;
  const { packages } = Lock.parse(JSON.parse(readFileSync(fromRoot('package-lock.json'), 'utf8')));
  const missing = missingPlatformPackages(packages);
  for (const name of missing) console.log(`package-lock.json lacks ${name}; npm ci will refuse it`);
  return missing.length === 0;
}

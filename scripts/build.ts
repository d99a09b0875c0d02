/** `npm run build`: builds what has changed since it was last built. `npm start` and the tests run it first. */
import { withBuildLock } from './build-lock.ts';
import { buildAndStamp, isCurrent } from './build-stamp.ts';
import { inputHash } from './input-hash.ts';
import { ROOT } from './paths.ts';

export async function buildAll(): Promise<void> {
  await withBuildLock(async () => {
    const { BUILD_STEPS } = await import('./build-steps.ts');
    for (const step of BUILD_STEPS) {
      const hash = inputHash(ROOT, step.inputs);
      if (isCurrent(ROOT, step, hash)) continue;
      const started = Date.now();
      await buildAndStamp(ROOT, step, hash);
      console.error(`Built ${step.name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    }
  });
}

if (import.meta.main) await buildAll();

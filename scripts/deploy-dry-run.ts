/** `npm run deploy -- --dry-run`: everything about a deployment that can be checked without Cloudflare, and without a network. */
import { rmSync } from 'node:fs';
import { applyFirstAdmin, prepareFirstAdmin } from './deploy-admin.ts';
import { API_CONFIG, layOutPages, PAGES_FOLDER, writeApiConfig } from './deploy-files.ts';
import { withNewSecretsKey } from './deploy-secrets.ts';
import { fromRoot } from './paths.ts';
import { oneCheck, runSteps, summarize } from './steps.ts';
import { findWarnings, type WranglerRun, wrangler } from './wrangler.ts';

const DATABASE_ID = '00000000-0000-0000-0000-000000000001';
const SCRATCH = fromRoot('.cache/deploy/scratch');

export async function dryRun(apiArguments: readonly string[]): Promise<number> {
  rmSync(SCRATCH, { recursive: true, force: true });
  writeApiConfig(DATABASE_ID);
  layOutPages();
  const local = ['--local', '--persist-to', SCRATCH, '-c', API_CONFIG];
  const results = await runSteps([
    oneCheck('worker', () =>
      withNewSecretsKey((secrets) =>
        flawless(wrangler(['deploy', ...apiArguments, ...secrets, '--dry-run', '--outdir', '.cache/deploy/worker'])),
      ),
    ),
    oneCheck('pages', () =>
      flawless(
        wrangler(
          ['pages', 'functions', 'build', '--build-output-directory', 'site', '--outdir', '../pages-worker'],
          fromRoot(PAGES_FOLDER),
        ),
      ),
    ),
    oneCheck('migrations', () => flawless(wrangler(['d1', 'migrations', 'apply', 'DB', ...local]))),
    oneCheck('first admin', async () => {
      const [first, second] = [await prepareFirstAdmin({}, new Date()), await prepareFirstAdmin({}, new Date())];
      // Deploying again must leave the account of the first time alone.
      return applyFirstAdmin(first, local) && !applyFirstAdmin(second, local);
    }),
  ]);
  const { text, failed } = summarize(results);
  console.log(text);
  return failed;
}

function flawless(run: WranglerRun): boolean {
  const warnings = findWarnings(run.output);
  if (run.ok && warnings.length === 0) return true;
  console.log(run.output.trim());
  return false;
}

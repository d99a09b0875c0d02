/**
 * `npm run deploy`: creates or updates everything on Cloudflare: D1, R2, the Worker with its secrets key, the Pages project and the
 * first admin. Doing it
 * again changes only what has changed. Signing in is wrangler's business (`npx wrangler login`, or CLOUDFLARE_API_TOKEN).
 */
import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { buildAll } from './build.ts';
import { applyFirstAdmin, prepareFirstAdmin } from './deploy-admin.ts';
import { dryRun } from './deploy-dry-run.ts';
import { API_CONFIG, layOutPages, PAGES_FOLDER, writeApiConfig } from './deploy-files.ts';
import { hasSecretsKey, listSecrets, withNewSecretsKey } from './deploy-secrets.ts';
import { fromRoot, projectVersion } from './paths.ts';
import { mustWrangler, wrangler, wranglerJson } from './wrangler.ts';

const Config = z.object({
  d1_databases: z.tuple([z.object({ database_name: z.string() })]),
  r2_buckets: z.array(z.object({ bucket_name: z.string() })),
});
const Databases = z.array(z.object({ uuid: z.string(), name: z.string() }));
const REMOTE = ['--remote', '-c', API_CONFIG];

function apiArguments(): string[] {
  return ['-c', API_CONFIG, '--define', `__DEPLOYX_VERSION__:${JSON.stringify(projectVersion())}`];
}

async function deploy(): Promise<void> {
  const config = Config.parse(parse(readFileSync(fromRoot('wrangler.toml'), 'utf8')));
  const { name: pages } = z
    .object({ name: z.string() })
    .parse(parse(readFileSync(fromRoot('app/wrangler.toml'), 'utf8')));

  const admin = await prepareFirstAdmin(process.env, new Date());
  writeApiConfig(ensureDatabase(config.d1_databases[0].database_name));
  for (const { bucket_name } of config.r2_buckets) ensureBucket(bucket_name);
  say('D1: applying migrations');
  mustWrangler(['d1', 'migrations', 'apply', 'DB', ...REMOTE]);
  say('Worker: deploying');
  deployWorker();
  say('Pages: deploying');
  layOutPages();
  ensurePages(pages);
  const { output } = mustWrangler(
    ['pages', 'deploy', '--branch', 'main', '--commit-dirty=true'],
    fromRoot(PAGES_FOLDER),
  );
  const created = applyFirstAdmin(admin, REMOTE);

  const address = /https:\/\/\S+\.pages\.dev/.exec(output)?.[0];
  say(`Deployed${address === undefined ? '' : `: ${address}`}`);
  if (created) say(`Sign in as ${admin.username} with the password ${admin.password} (shown this once)`);
}

function deployWorker(): void {
  const run = (secrets: string[]) => mustWrangler(['deploy', ...apiArguments(), ...secrets]);
  if (hasSecretsKey(listSecrets())) run([]);
  else withNewSecretsKey(run);
}

function ensureDatabase(name: string): string {
  const find = (): string | undefined =>
    wranglerJson(Databases, ['d1', 'list', '--json']).find((database) => database.name === name)?.uuid;
  const existing = find();
  if (existing !== undefined) return existing;
  say(`D1: creating ${name}`);
  mustWrangler(['d1', 'create', name]);
  const created = find();
  if (created === undefined) throw new Error(`the database ${name} was created but is not listed`);
  return created;
}

function ensureBucket(name: string): void {
  if (wrangler(['r2', 'bucket', 'info', name]).ok) return;
  say(`R2: creating ${name}`);
  mustWrangler(['r2', 'bucket', 'create', name]);
}

function ensurePages(name: string): void {
  const run = wrangler(['pages', 'project', 'create', name, '--production-branch', 'main']);
  // 8000002: there is a project of this name already.
  if (!run.ok && !/8000002|already exists/.test(run.output)) throw new Error(run.output.trim());
}

const say = (text: string): void => console.log(text);

try {
  await buildAll();
  if (process.argv.includes('--dry-run')) process.exit((await dryRun(apiArguments())) > 0 ? 1 : 0);
  await deploy();
} catch (error) {
  console.error(`deployx: ${describeFailure(error)}`);
  process.exit(1);
}

function describeFailure(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}

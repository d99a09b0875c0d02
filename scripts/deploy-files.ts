/** What is deployed, laid out in git-ignored folders: the tracked wrangler.toml files name no account's ids. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fromRoot } from './paths.ts';

const PLACEHOLDER_ID = '00000000-0000-0000-0000-000000000000';
/** Beside wrangler.toml, because the paths in it are relative to it. */
export const API_CONFIG = 'wrangler.deploy.toml';
export const PAGES_FOLDER = '.cache/deploy/pages';
const SITE = 'site';

export function writeApiConfig(databaseId: string): void {
  writeFileSync(fromRoot(API_CONFIG), withDatabaseId(readFileSync(fromRoot('wrangler.toml'), 'utf8'), databaseId));
}

export function withDatabaseId(toml: string, databaseId: string): string {
  if (!toml.includes(PLACEHOLDER_ID)) throw new Error('wrangler.toml has no place for the database id');
  return toml.replace(PLACEHOLDER_ID, databaseId);
}

/** The app's files, with the entry that `npm start` runs as well in place of the app's own. */
export function layOutPages(): void {
  const folder = fromRoot(PAGES_FOLDER);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(fromRoot('app/.svelte-kit/cloudflare'), `${folder}/${SITE}`, { recursive: true });
  cpSync(fromRoot('dist/app.mjs'), `${folder}/${SITE}/_worker.js`);
  writeFileSync(`${folder}/wrangler.toml`, withSiteFolder(readFileSync(fromRoot('app/wrangler.toml'), 'utf8')));
}

export function withSiteFolder(toml: string): string {
  const changed = toml.replace(/^pages_build_output_dir = .*$/m, `pages_build_output_dir = "${SITE}"`);
  if (changed === toml) throw new Error('app/wrangler.toml names no pages_build_output_dir');
  return changed;
}

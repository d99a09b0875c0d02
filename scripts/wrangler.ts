/** Runs wrangler, unattended and without sending statistics. */
import { spawnSync } from 'node:child_process';
import type { z } from 'zod';
import { fromRoot, ROOT } from './paths.ts';

export interface WranglerRun {
  ok: boolean;
  /** Standard output alone, for answers in JSON. */
  stdout: string;
  /** Everything that was printed. */
  output: string;
}

export function wrangler(args: readonly string[], cwd = ROOT): WranglerRun {
  const env = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', FORCE_COLOR: '0' };
  const bin = fromRoot('node_modules/wrangler/bin/wrangler.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd, env, encoding: 'utf8' });
  return { ok: status === 0, stdout, output: `${stdout}${stderr}` };
}

/** As `wrangler`, but a failure ends the deployment with what wrangler said. */
export function mustWrangler(args: readonly string[], cwd = ROOT): WranglerRun {
  const run = wrangler(args, cwd);
  if (!run.ok) throw new Error(`wrangler ${args.slice(0, 3).join(' ')} failed:\n${run.output.trim()}`);
  return run;
}

export function wranglerJson<T>(schema: z.ZodType<T>, args: readonly string[]): T {
  return schema.parse(JSON.parse(mustWrangler(args).stdout));
}

/**
 * What wrangler merely warns of (unknown fields, a missing object migration) would be a fault in production. One remark is
 * about its own bundling of Node's modules, which the compatibility flag provides.
 */
export function findWarnings(output: string): string[] {
  const lines = output.split('\n').filter((line) => /\bWARNING\b/.test(line));
  return lines.filter((line) => !/node:[a-z_/]+|wasn't found on the file system but is built into node/.test(line));
}

/**
 * Compiles the agent into one executable a platform, for machines without Node: `npm run compile:agent -- [TARGET…]`.
 * Bun is fetched by npm into `.cache/`, one package a platform, because a platform's runtime is what an executable begins
 * with; nothing but the npm registry is needed. Writes `dist/agent/deployx-agent-<target>` and `SHA256SUMS`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleAgent } from './agent-bundle.ts';
import { fromRoot } from './paths.ts';

const BUN_VERSION = '1.4.5';
const BUN_FOLDER = fromRoot('.cache', `bun-${BUN_VERSION}`);
const OUTPUT = fromRoot('dist/agent');

/** Bun's own names for what is called otherwise here. */
const TARGETS = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-aarch64',
  'windows-x64': 'windows-x64',
  'darwin-arm64': 'darwin-aarch64',
} as const;
type Target = keyof typeof TARGETS;

const isTarget = (name: string): name is Target => Object.hasOwn(TARGETS, name);

/** A waiting agent gains nothing from machine code, and pays for it in memory. */
const JIT_THRESHOLD_SCALE = 1000;

const executableName = (target: Target): string =>
  `deployx-agent-${target}${target.startsWith('windows') ? '.exe' : ''}`;

/** The name of the running platform's Bun package; the same scheme holds for the targets. */
function ownPlatform(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `${system}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`;
}

const bunPackage = (platform: string): string => `@oven/bun-${platform}`;

function bunExecutable(platform: string): string {
  const file = platform.startsWith('windows') ? 'bun.exe' : 'bun';
  return join(BUN_FOLDER, 'node_modules', bunPackage(platform), 'bin', file);
}

function run(command: string, args: readonly string[], cwd: string): void {
  // npm is a script on Windows, which only a shell can start; its arguments are names and versions from this file.
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, shell, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${error?.message ?? ''}\n${stdout}${stderr}`);
}

function fetchBun(platforms: readonly string[]): void {
  const missing = platforms.filter((platform) => !existsSync(bunExecutable(platform)));
  if (missing.length === 0) return;
  mkdirSync(BUN_FOLDER, { recursive: true });
  writeFileSync(join(BUN_FOLDER, 'package.json'), '{"private":true}\n');
  // All at once, since npm removes what it was not asked for. Forced, because other platforms' packages are meant.
  const packages = [...new Set([...platforms, ...fetched()])].map(
    (platform) => `${bunPackage(platform)}@${BUN_VERSION}`,
  );
  const options = ['--force', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  run('npm', ['install', ...options, ...packages], BUN_FOLDER);
}

const fetched = (): string[] => Object.values(TARGETS).filter((platform) => existsSync(bunExecutable(platform)));

function compile(bundle: string, target: Target): string {
  const outfile = join(OUTPUT, executableName(target));
  rmSync(outfile, { force: true });
  run(
    bunExecutable(ownPlatform()),
    [
      'build',
      '--compile',
      `--target=bun-${target}`,
      `--compile-executable-path=${bunExecutable(TARGETS[target])}`,
      `--compile-jit-policy=${JIT_THRESHOLD_SCALE}`,
      // A job's folder must not decide how the agent starts.
      '--no-compile-autoload-dotenv',
      '--no-compile-autoload-bunfig',
      bundle,
      '--outfile',
      outfile,
    ],
    fromRoot(),
  );
  return outfile;
}

const sumLine = (path: string, name: string): string =>
  `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${name}\n`;

async function compileAgent(targets: readonly Target[]): Promise<void> {
  fetchBun([...new Set([ownPlatform(), ...targets.map((target) => TARGETS[target])])]);
  mkdirSync(OUTPUT, { recursive: true });
  const bundle = fromRoot('.cache/agent-to-compile.mjs');
  await bundleAgent(bundle);
  const sums: string[] = [];
  for (const target of targets) {
    const outfile = compile(bundle, target);
    sums.push(sumLine(outfile, executableName(target)));
    console.error(`Compiled ${executableName(target)}`);
  }
  writeFileSync(join(OUTPUT, 'SHA256SUMS'), sums.join(''));
}

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.find((name) => !isTarget(name));
  if (unknown !== undefined) {
    console.error(`compile-agent: unknown target ${unknown}; there are ${Object.keys(TARGETS).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const all = Object.keys(TARGETS).filter(isTarget);
  await compileAgent(names.length === 0 ? all : names.filter(isTarget));
}

if (import.meta.main) await main(process.argv.slice(2));

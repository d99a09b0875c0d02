#!/usr/bin/env node
/**
 * Makes a fresh clone runnable: `node scripts/bootstrap.mjs [--build] SCRIPT [ARGS…]` installs the locked packages when they
 * are missing or differ from package-lock.json, builds when asked to, and runs SCRIPT with the Node that the project brings
 * along. Plain JavaScript without packages, because it runs first, on whatever Node (20 or later) the machine has.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { differsFromLock } from './installed-packages.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Node runs TypeScript as it is from this version on. */
const OLDEST_NODE_FOR_TYPESCRIPT = [22, 18];
/** How soon the death of npm, which cannot be waited for, is noticed. */
const PARENT_CHECK_MS = 500;

function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
  } catch {
    return undefined;
  }
}

function install() {
  const difference = differsFromLock(readLock('package-lock.json'), readLock('node_modules/.package-lock.json'));
  if (difference === undefined) return;
  console.error(`Installing packages (${difference}) …`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // What npm prints besides errors is advice about the Node that only runs this script.
  const args = ['ci', '--include=optional', '--include=dev', '--loglevel=error'];
  const { status } = spawnSync(npm, args, { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) fail('npm ci failed; the packages could not be installed.');
}

function nodeForTypeScript() {
  const own = join(
    ROOT,
    'node_modules',
    `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
  );
  const binary = join(own, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE_FOR_TYPESCRIPT;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return process.execPath;
  return fail(
    `On ${process.platform}-${process.arch} DeployX needs Node ${OLDEST_NODE_FOR_TYPESCRIPT.join('.')} or later.`,
  );
}

/** On Linux the script is told to stop when this process is killed outright; `setpriv` comes with util-linux. */
function commandTiedToThisProcess(node, args) {
  const setpriv = '/usr/bin/setpriv';
  if (process.platform !== 'linux' || !existsSync(setpriv)) return [node, args];
  return [setpriv, ['--pdeathsig', 'TERM', node, ...args]];
}

function run(node, args) {
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}`,
  };
  const [command, commandArgs] = commandTiedToThisProcess(node, args);
  const child = spawn(command, commandArgs, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  stopWithParent(child);
  child.on('error', (error) => fail(`cannot start ${command}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

/** npm puts a shell between itself and this process, so the shell's parent is watched as well. */
function stopWithParent(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parents = ancestors();
  const timer = setInterval(() => {
    if (ancestors() !== parents) child.kill('SIGTERM');
  }, PARENT_CHECK_MS);
  timer.unref();
}

function ancestors() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    // The name in parentheses may hold blanks; the parent is the second field after it.
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`;
  } catch {
    return `${process.ppid}`;
  }
}

function fail(message) {
  console.error(`deployx: ${message}`);
  process.exit(1);
}

const args = process.argv.slice(2);
const build = args[0] === '--build';
if (build) args.shift();
const [script, ...scriptArgs] = args;
if (script === undefined) fail('usage: node scripts/bootstrap.mjs [--build] SCRIPT [ARGS…]');

install();
const node = nodeForTypeScript();
if (build) {
  const { status } = spawnSync(node, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
run(node, [join(ROOT, script), ...scriptArgs]);

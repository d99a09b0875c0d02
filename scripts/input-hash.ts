/** A hash over the names and contents of all files that something is built from; equal hashes mean nothing to do. */
import { createHash, type Hash } from 'node:crypto';
import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The agent's bundle, which lies among the app's static files; its content changes nothing about the app. */
const GENERATED = 'deployx-agent.mjs';
/** Folders that hold results, never sources. */
const NOT_SOURCE = new Set(['node_modules', '.svelte-kit', '.wrangler', '.cache', 'dist']);

export function inputHash(root: string, inputs: readonly string[], salt = ''): string {
  const hash = createHash('sha256').update(salt);
  for (const input of [...inputs].sort()) {
    const path = join(root, input);
    if (!existsSync(path)) hash.update(`\0absent\0${input}`);
    else if (statSync(path).isDirectory()) addFolder(hash, root, path);
    else addFile(hash, root, path);
  }
  return hash.digest('hex');
}

function addFolder(hash: Hash, root: string, folder: string): void {
  const entries = readdirSync(folder, { withFileTypes: true }).sort(byName);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !NOT_SOURCE.has(entry.name)) addFolder(hash, root, path);
    else if (entry.isFile() && isSource(entry.name)) addFile(hash, root, path);
  }
}

function addFile(hash: Hash, root: string, path: string): void {
  const content = readFileSync(path);
  hash.update(`\0${relative(root, path)}\0${content.length}\0`).update(content);
}

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);
const isSource = (name: string): boolean => !name.endsWith('.test.ts') && name !== GENERATED;

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { buildAndStamp, isCurrent } from './build-stamp.ts';
import { inputHash } from './input-hash.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'deployx-build-'));
  mkdirSync(join(root, 'src/deep'), { recursive: true });
  writeFileSync(join(root, 'src/deep/a.ts'), 'a');
});

const hash = (): string => inputHash(root, ['src', 'absent.json']);

test('the hash changes with content, with a new file and with a new name', () => {
  const seen = new Set([hash()]);
  writeFileSync(join(root, 'src/deep/a.ts'), 'b');
  seen.add(hash());
  writeFileSync(join(root, 'src/b.ts'), 'b');
  seen.add(hash());
  rmSync(join(root, 'src/b.ts'));
  writeFileSync(join(root, 'src/c.ts'), 'b');
  seen.add(hash());
  writeFileSync(join(root, 'absent.json'), '');
  seen.add(hash());
  expect(seen.size).toBe(5);
});

test('results and tests among the sources do not change the hash', () => {
  const before = hash();
  mkdirSync(join(root, 'src/.svelte-kit'));
  writeFileSync(join(root, 'src/.svelte-kit/x.js'), 'x');
  writeFileSync(join(root, 'src/a.test.ts'), 'x');
  expect(hash()).toBe(before);
});

test('a step is current only with the same inputs and all of its outputs', async () => {
  const step = { name: 's', outputs: ['out'], run: async () => writeFileSync(join(root, 'out'), '') };
  expect(isCurrent(root, step, 'h1')).toBe(false);
  await buildAndStamp(root, step, 'h1');
  expect(isCurrent(root, step, 'h1')).toBe(true);
  expect(isCurrent(root, step, 'h2')).toBe(false);
  rmSync(join(root, 'out'));
  expect(isCurrent(root, step, 'h1')).toBe(false);
});

test('a build that fails is not current, even where an earlier one was', async () => {
  const outputs: string[] = [];
  await buildAndStamp(root, { name: 's', outputs, run: async () => {} }, 'h1');
  const broken = { name: 's', outputs, run: () => Promise.reject(new Error('broken')) };
  await expect(buildAndStamp(root, broken, 'h1')).rejects.toThrow('broken');
  expect(isCurrent(root, broken, 'h1')).toBe(false);
});

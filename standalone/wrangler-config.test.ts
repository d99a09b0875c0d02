import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readWranglerConfig } from './wrangler-config.ts';

const ROOT = join(import.meta.dirname, '..');

function withChangedToml(change: (toml: string) => string, file = 'wrangler.toml') {
  const root = mkdtempSync(join(tmpdir(), 'deployx-config-'));
  mkdirSync(join(root, 'app'));
  for (const name of ['wrangler.toml', 'app/wrangler.toml']) cpSync(join(ROOT, name), join(root, name));
  writeFileSync(join(root, file), change(readFileSync(join(root, file), 'utf8')));
  return readWranglerConfig(root);
}

test('the files of the project are understood in full', () => {
  const read = readWranglerConfig(ROOT);
  expect(read).toMatchObject({ ok: true, config: { api: { triggers: { crons: ['* * * * *'] } } } });
});

test('a syntax error is reported with the file and the line', () => {
  const read = withChangedToml((toml) => `name = \n${toml}`);
  expect(read).toMatchObject({
    ok: false,
    message: expect.stringMatching(/^wrangler\.toml is broken: line 1: [^\n]+$/),
  });
});

test('a missing field is reported by its path', () => {
  const read = withChangedToml((toml) => toml.replace('binding = "DB"', ''));
  expect(read).toMatchObject({ ok: false, message: expect.stringContaining('d1_databases.0.binding') });
});

test('a missing file is reported by its name', () => {
  const read = readWranglerConfig(mkdtempSync(join(tmpdir(), 'deployx-config-')));
  expect(read).toMatchObject({ ok: false, message: expect.stringMatching(/^wrangler\.toml is broken: ENOENT/) });
});

test('a setting that npm start would ignore is refused', () => {
  const read = withChangedToml((toml) => `${toml}\n[[kv_namespaces]]\nbinding = "KV"\nid = "1"\n`);
  expect(read).toMatchObject({ ok: false, message: expect.stringContaining('kv_namespaces') });
});

test('an object class that no migration creates is refused', () => {
  const read = withChangedToml((toml) => toml.replace('class_name = "TeamObject"', 'class_name = "CrowdObject"'));
  expect(read).toEqual({ ok: false, message: 'wrangler.toml is broken: no migration creates the class CrowdObject' });
});

test('an app that calls another worker than this one is refused', () => {
  const read = withChangedToml(
    (toml) => toml.replace('service = "deployx-api"', 'service = "other"'),
    'app/wrangler.toml',
  );
  expect(read).toMatchObject({ ok: false, message: 'app/wrangler.toml is broken: it calls other, not deployx-api' });
});

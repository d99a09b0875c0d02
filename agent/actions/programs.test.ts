import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shownVector } from './process/tool.ts';
import { candidateNames, findProgram } from './programs.ts';
import { makeFolder } from './test/make-run.ts';

describe('findProgram', () => {
  const folder = makeFolder();
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  for (const path of [first, second]) mkdirSync(path);
  mkdirSync(join(first, 'folder'));
  writeFileSync(join(first, 'text'), '', { mode: 0o644 });
  for (const path of [join(second, 'text'), join(second, 'folder'), join(second, 'tool')])
    writeFileSync(path, '', { mode: 0o755 });
  const env = { PATH: `relative::${first}:${second}` };

  it.each([
    ['tool', join(second, 'tool')],
    ['text', join(second, 'text')],
    ['folder', join(second, 'folder')],
    ['missing', null],
  ])('finds %s at %s: only what can be run counts', (name, expected) => {
    expect(findProgram('linux', name, env)).toBe(expected);
  });

  it('finds nothing without a PATH', () => {
    expect(findProgram('linux', 'sh', {})).toBeNull();
  });
});

it.each([
  ['linux', 'tool', ['tool']],
  ['windows', 'tool', ['tool.exe', 'tool.cmd']],
  ['windows', 'tool.ps1', ['tool.ps1']],
] as const)('on %s %s may be named %j', (platform, name, expected) => {
  expect(candidateNames(platform, name, { PATHEXT: '.EXE;.CMD' })).toEqual(expected);
});

it.each([
  [['apt-get', 'install', '--', 'nginx=1.22*'], 'apt-get install -- nginx=1.22*'],
  [['sh', './install.sh', 'a b', "it's", ''], "sh ./install.sh 'a b' 'it'\\''s' ''"],
] as const)('%j is shown as one would type it', ([program, ...args], expected) => {
  expect(shownVector([program, ...args])).toBe(expected);
});

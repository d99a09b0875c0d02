import { describe, expect, it } from 'vitest';
import { debianNameProblem, parseInstalled, queryVector } from './dpkg.ts';

it('dpkg is asked by an exact vector', () => {
  const format = `--showformat=${'$'}{db:Status-Status} ${'$'}{Version}\\n`;
  expect(queryVector('nginx')).toEqual(['dpkg-query', '--show', format, '--', 'nginx']);
});

it.each([
  ['installed 1.22.1-9\n', ['1.22.1-9']],
  ['installed 1.0\ninstalled 1.0\n', ['1.0', '1.0']],
  ['config-files 1.0\n', []],
  ['half-installed 1.0\n', []],
  ['not-installed \n', []],
  ['', []],
])('of %j these are installed: %j', (text, expected) => {
  expect(parseInstalled(text)).toEqual(expected);
});

describe('debianNameProblem', () => {
  it.each(['nginx', 'g++', 'libc6:amd64', 'python3.11', 'libstdc++-12-dev', '0ad'])('%s is a name', (name) => {
    expect(debianNameProblem(name)).toBeNull();
  });

  it.each([
    'nginx-',
    'Nginx',
    '-nginx',
    '--purge',
    'nginx=1',
    'nginx/testing',
    'a b',
    'a*',
    'nginx^',
    '../x.deb',
    'libc6:',
  ])('%s is none', (name) => {
    expect(debianNameProblem(name)).toContain(name);
  });
});

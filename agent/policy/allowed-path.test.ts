import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../actions/test/make-run.ts';
import { allowedPath } from './allowed-path.ts';

const base = makeFolder();
const root = join(base, 'root');
const outside = join(base, 'outside');

beforeAll(() => {
  mkdirSync(join(root, 'inner'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(root, 'file'), 'x');
  symlinkSync(outside, join(root, 'out'));
  symlinkSync(join(root, 'inner'), join(root, 'in'));
  symlinkSync('../outside/secret', join(root, 'out-file'));
  symlinkSync(join(outside, 'nowhere', 'yet'), join(root, 'dangling'));
  symlinkSync('loop', join(root, 'loop'));
  symlinkSync(root, join(base, 'root-link'));
});

describe('allowedPath', () => {
  it.each([
    ['inner/new.txt', 'inner/new.txt'],
    ['a/b/c/new.txt', 'a/b/c/new.txt'],
    ['inner/../new.txt', 'new.txt'],
    ['in/new.txt', 'inner/new.txt'],
    ['.', '.'],
  ])('allows %s, which leads to %s', async (path, leads) => {
    expect(await allowedPath('linux', [root], `${root}/${path}`)).toEqual({ allowed: true, path: join(root, leads) });
  });

  it.each([
    ['../outside/x', 'allow_roots'],
    ['inner/../../outside/x', 'allow_roots'],
    ['out/x', 'allow_roots'],
    ['out', 'allow_roots'],
    ['in/../out/x', 'allow_roots'],
    ['out-file', 'leads nowhere'],
    ['dangling', 'leads nowhere'],
    ['dangling/x', 'leads nowhere'],
    ['loop/x', 'ELOOP'],
    ['file/x', 'ENOTDIR'],
  ])('refuses %s: %s', async (path, reason) => {
    const decision = await allowedPath('linux', [root], `${root}/${path}`);
    expect(decision).toEqual({ allowed: false, message: expect.stringContaining(reason) });
  });

  it('a root that is a link allows what it leads to', async () => {
    const decision = await allowedPath('linux', [join(base, 'root-link')], join(root, 'x'));
    expect(decision).toEqual({ allowed: true, path: join(root, 'x') });
  });

  it('a root that does not exist yet allows what will be in it', async () => {
    const decision = await allowedPath('linux', [join(base, 'later')], join(base, 'later', 'x'));
    expect(decision).toEqual({ allowed: true, path: join(base, 'later', 'x') });
  });

  it('no roots at all allow nothing, and null allows anything', async () => {
    expect((await allowedPath('linux', [], join(root, 'x'))).allowed).toBe(false);
    expect((await allowedPath('linux', null, join(outside, 'x'))).allowed).toBe(true);
  });

  it('a relative path is refused', async () => {
    expect((await allowedPath('linux', null, 'x/y')).allowed).toBe(false);
  });
});

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { thisMachine } from '../machine.ts';
import { makeFolder } from '../test/make-run.ts';
import { makeDirectories, openDirectory } from './open-directory.ts';

const { platform } = thisMachine;
const notOpened = { ok: false, message: expect.stringContaining('cannot be opened as a folder') };
let base = '';
let folder = '';
let outside = '';

beforeEach(() => {
  base = makeFolder();
  folder = join(base, 'folder');
  outside = join(base, 'outside');
  mkdirSync(folder);
  mkdirSync(outside);
});

describe('openDirectory', () => {
  it('a folder that has become a link is refused', async () => {
    rmSync(folder, { recursive: true });
    symlinkSync(outside, folder);
    expect(await openDirectory(folder, platform, null)).toEqual(notOpened);
  });

  it('a link in the middle of the path is refused', async () => {
    mkdirSync(join(outside, 'inner'));
    rmSync(folder, { recursive: true });
    symlinkSync(outside, folder);
    const opened = await openDirectory(join(folder, 'inner'), platform, null);
    expect(opened).toEqual({ ok: false, message: expect.stringContaining('replaced by a link') });
  });

  // Only Linux names entries through the open folder.
  it.skipIf(platform !== 'linux')(
    'what is written lands in the folder that was opened, whatever its path leads to since',
    async () => {
      const opened = await openDirectory(folder, platform, null);
      if (!opened.ok) throw new Error(opened.message);
      renameSync(folder, join(base, 'moved'));
      symlinkSync(outside, folder);
      await writeFile(opened.directory.at('x'), 'safe');
      await opened.directory.close();
      expect(readFileSync(join(base, 'moved', 'x'), 'utf8')).toBe('safe');
      expect(() => statSync(join(outside, 'x'))).toThrow('ENOENT');
    },
  );

  it('a folder that the user may not write in is refused', async () => {
    const nobody = { name: 'nobody', uid: 65534, gid: 65534, groups: [65534], home: '/' };
    expect(await openDirectory(folder, platform, nobody)).toEqual({
      ok: false,
      message: `nobody may not write in ${folder}`,
    });
  });
});

describe('makeDirectories', () => {
  it('makes all that are missing, and is content with those that are there', async () => {
    for (let times = 0; times < 2; times++)
      expect(await makeDirectories(join(folder, 'a/b/c'), platform, null)).toBeNull();
    expect(statSync(join(folder, 'a/b/c')).isDirectory()).toBe(true);
  });

  it('a file in the way is found when the folder is opened', async () => {
    writeFileSync(join(folder, 'a'), 'x');
    expect(await makeDirectories(join(folder, 'a/b'), platform, null)).toBeNull();
    expect(await openDirectory(join(folder, 'a/b'), platform, null)).toEqual(notOpened);
  });

  it('a link in the way is not followed', async () => {
    symlinkSync(outside, join(folder, 'a'));
    const problem = await makeDirectories(join(folder, 'a/b'), platform, null);
    expect(problem).toContain('cannot be opened as a folder');
    expect(() => statSync(join(outside, 'b'))).toThrow('ENOENT');
  });
});

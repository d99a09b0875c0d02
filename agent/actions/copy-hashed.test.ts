import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyHashed, hashFile } from './copy-hashed.ts';
import { makeFolder } from './test/make-run.ts';

const SHA256_OF_X = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881';

describe.skipIf(process.platform === 'win32')('what takes the place of a file between a look and a read', () => {
  const { signal } = new AbortController();

  it('is not waited for when it is a pipe', async () => {
    const pipe = join(makeFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(hashFile(pipe, signal)).rejects.toThrow('not an ordinary file');
    await expect(copyHashed(pipe, `${pipe}.copy`, signal)).rejects.toThrow('not an ordinary file');
  });

  it('is not followed when it is a link', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'file'), 'x');
    symlinkSync('file', join(folder, 'link'));
    expect(await hashFile(join(folder, 'file'), signal)).toBe(SHA256_OF_X);
    await expect(hashFile(join(folder, 'link'), signal)).rejects.toThrow('ELOOP');
    await expect(copyHashed(join(folder, 'link'), join(folder, 'copy'), signal)).rejects.toThrow('ELOOP');
  });
});

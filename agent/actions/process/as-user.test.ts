import { describe, expect, it } from 'vitest';
import { startAs } from './as-user.ts';

const ann = { name: 'ann', uid: 1000, gid: 1001, groups: [1001, 27], home: '/home/ann' };
const env = { PATH: '/bin', TOKEN: 'a' };

describe('startAs', () => {
  it('leaves the vector alone when no other user is wanted', () => {
    expect(startAs(['sh', '-c', 'id'], env, null, '/usr/bin/setpriv')).toEqual({ argv: ['sh', '-c', 'id'], env });
  });

  it('gives all groups of the user through setpriv', () => {
    expect(startAs(['sh', '-c', 'id'], env, ann, '/usr/bin/setpriv').argv).toEqual([
      '/usr/bin/setpriv',
      '--reuid=1000',
      '--regid=1001',
      '--groups=1001,27',
      '--',
      'sh',
      '-c',
      'id',
    ]);
  });

  it('lets setpriv, which begins as root, see nothing that the loader obeys, and no value in an argument', () => {
    const started = startAs(['id'], { ...env, LD_PRELOAD: '/tmp/a.so' }, ann, '/usr/bin/setpriv');
    expect(started.env).toEqual({ ...env, DEPLOYX_HELD_LD_PRELOAD: '/tmp/a.so' });
    expect(started.argv.join(' ')).not.toContain('a.so');
    expect(started.argv.slice(4)).toEqual(['--', '/bin/sh', '-c', expect.stringContaining('LD_PRELOAD'), 'sh', 'id']);
  });

  it('sets user and group itself where setpriv is missing', () => {
    expect(startAs(['id'], env, ann, null)).toEqual({ argv: ['id'], env, uid: 1000, gid: 1001 });
  });
});

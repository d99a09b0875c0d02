import { describe, expect, it } from 'vitest';
import { startAs } from './as-user.ts';

const ann = { name: 'ann', uid: 1000, gid: 1001, groups: [1001, 27], home: '/home/ann' };

describe('startAs', () => {
  it('leaves the vector alone when no other user is wanted', () => {
    expect(startAs(['sh', '-c', 'id'], null, '/usr/bin/setpriv')).toEqual({ argv: ['sh', '-c', 'id'] });
  });

  it('gives all groups of the user through setpriv', () => {
    expect(startAs(['sh', '-c', 'id'], ann, '/usr/bin/setpriv').argv).toEqual([
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

  it('sets user and group itself where setpriv is missing', () => {
    expect(startAs(['id'], ann, null)).toEqual({ argv: ['id'], uid: 1000, gid: 1001 });
  });
});

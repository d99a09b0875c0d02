import { describe, expect, it } from 'vitest';
import { decideUser, homeOf, idArguments, parseIds } from './run-as.ts';

describe('run_as', () => {
  it.each([
    ['user', ['-u', '--', 'ann']],
    ['group', ['-g', '--', 'ann']],
    ['groups', ['-G', '--', 'ann']],
  ] as const)('asks for the %s by an argument vector', (what, expected) => {
    expect(idArguments(what, 'ann')).toEqual(expected);
  });

  it.each([
    ['1000\n', [1000]],
    ['1000 27 4\n', [1000, 27, 4]],
    ['', null],
    ['id: no such user', null],
  ])('reads %j as %j', (text, expected) => {
    expect(parseIds(text)).toEqual(expected);
  });

  it.each([
    ['ann:x:1000:1000:Ann,,,:/home/ann:/bin/bash\n', '/home/ann'],
    ['root:x:0:0::/root:/bin/sh\nann:x:1:1:::/bin/sh\n', '/'],
    ['joann:x:1:1::/home/joann:/bin/sh\n', '/'],
  ])('the home folder in %j is %s', (passwd, expected) => {
    expect(homeOf(passwd, 'ann')).toBe(expected);
  });

  it('is the agent itself when the policy names nobody', async () => {
    expect(await decideUser(null, 'linux', 1000)).toEqual({ allowed: true, user: null });
  });

  it('refuses a user that does not exist', async () => {
    const decision = await decideUser('nobody-of-this-name', 'linux', 0);
    expect(decision).toEqual({ allowed: false, message: 'run_as: this host has no user nobody-of-this-name' });
  });

  it('refuses when the agent is not root and the user is another', async () => {
    const decision = await decideUser('root', 'linux', 1000);
    expect(decision).toEqual({ allowed: false, message: expect.stringContaining('does not run as root') });
  });

  it('needs no change when the agent runs as that user already', async () => {
    expect(await decideUser('root', 'linux', 0)).toEqual({ allowed: true, user: null });
  });

  it('finds the user with group and home', async () => {
    const decision = await decideUser('nobody', 'linux', 0);
    expect(decision).toMatchObject({
      allowed: true,
      user: { name: 'nobody', uid: expect.any(Number), home: expect.any(String) },
    });
  });

  it('is refused on Windows', async () => {
    expect((await decideUser('ann', 'windows', null)).allowed).toBe(false);
  });
});

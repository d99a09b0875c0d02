import { describe, expect, it } from 'vitest';
import { mayChangeFolder, mayReplaceEntry } from './permissions.ts';

const ann = { uid: 1000, gid: 1000, groups: [1000, 27] };

describe('mayChangeFolder', () => {
  it.each([
    ['her own', { uid: 1000, gid: 0, mode: 0o40700 }, true],
    ['her own, without the bit', { uid: 1000, gid: 1000, mode: 0o40577 }, false],
    ['her first group’s', { uid: 0, gid: 1000, mode: 0o40770 }, true],
    ['another group’s of hers', { uid: 0, gid: 27, mode: 0o40770 }, true],
    ['her group’s, without the bit', { uid: 0, gid: 27, mode: 0o40707 }, false],
    ['everyone’s', { uid: 0, gid: 0, mode: 0o41777 }, true],
    ['root’s', { uid: 0, gid: 0, mode: 0o40755 }, false],
    ['one that may be written and not entered', { uid: 0, gid: 0, mode: 0o40772 }, false],
  ])('%s', (_what, folder, expected) => {
    expect(mayChangeFolder(folder, ann)).toBe(expected);
  });

  it('root may change any', () => {
    expect(mayChangeFolder({ uid: 5, gid: 5, mode: 0o40000 }, { uid: 0, gid: 0, groups: [] })).toBe(true);
  });
});

describe('mayReplaceEntry', () => {
  const sticky = { uid: 0, gid: 0, mode: 0o41777 };
  it.each([
    ['her own in a sticky folder', sticky, { uid: 1000, gid: 0, mode: 0o100600 }, true],
    ['another’s in a sticky folder', sticky, { uid: 5, gid: 0, mode: 0o100666 }, false],
    ['another’s in her sticky folder', { ...sticky, uid: 1000 }, { uid: 5, gid: 0, mode: 0o100666 }, true],
    ['another’s in a plain folder', { ...sticky, mode: 0o40777 }, { uid: 5, gid: 0, mode: 0o100600 }, true],
  ])('%s', (_what, folder, entry, expected) => {
    expect(mayReplaceEntry(folder, entry, ann)).toBe(expected);
  });
});

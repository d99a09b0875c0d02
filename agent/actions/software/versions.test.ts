import { describe, expect, it } from 'vitest';
import { versionMatches, versionMatchesInParts } from './versions.ts';

describe('versionMatches', () => {
  it.each([
    [null, '1.0', true],
    ['1.0', '1.0', true],
    ['1.0', '1.0-1', false],
    ['1.22*', '1.22.1-9', true],
    ['1.22*', '1.21.9', false],
    ['1.2', '1x2', false],
    ['1:2.0~rc1*', '1:2.0~rc1+dfsg-3', true],
    ['*-9', '1.22.1-9', true],
  ])('wanted %j, there is %s: %s', (wanted, version, expected) => {
    expect(versionMatches(wanted, version)).toBe(expected);
  });
});

describe('versionMatchesInParts', () => {
  it.each([
    ['1.22', '1.22-3.fc40', true],
    ['1.22-3.fc40', '1:1.22-3.fc40', true],
    ['1.22', '1:1.22-3.fc40', true],
    ['1:1.22', '1:1.22-3.fc40', true],
    ['2:1.22', '1:1.22-3.fc40', false],
    ['1.2*', '1:1.22-3.fc40', true],
    ['1.22', '1.221-3', false],
    ['1.22', '1.22-r0', true],
    ['1.22-r1', '1.22-r0', false],
  ])('wanted %s, there is %s: %s', (wanted, version, expected) => {
    expect(versionMatchesInParts(wanted, version)).toBe(expected);
  });
});

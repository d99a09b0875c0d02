import { expect, test } from 'vitest';
import { differsFromLock } from './installed-packages.mjs';

const LOCK = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/win-only': { version: '2.0.0', integrity: 'sha512-w', optional: true },
  },
};

test('a clone without node_modules is installed', () => {
  expect(differsFromLock(LOCK, undefined)).toBe('first start');
});

test('an install that matches the lock is left alone, also without the packages of other platforms', () => {
  expect(differsFromLock(LOCK, { packages: { 'node_modules/a': LOCK.packages['node_modules/a'] } })).toBeUndefined();
});

test('another version, another content and a missing package are each installed anew', () => {
  const others = [{ version: '1.0.1', integrity: 'sha512-a' }, { version: '1.0.0', integrity: 'sha512-b' }, undefined];
  for (const other of others) {
    const packages = other === undefined ? {} : { 'node_modules/a': other };
    expect(differsFromLock(LOCK, { packages })).toBe('node_modules/a is not current');
  }
});

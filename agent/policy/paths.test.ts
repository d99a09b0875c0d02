import { describe, expect, it } from 'vitest';
import { fileNameProblem, isWithin, normalizePath, type Platform, pathProblem } from './paths.ts';

describe('isWithin', () => {
  it.each<[Platform, string, string, boolean]>([
    ['linux', '/opt/app', '/opt/app', true],
    ['linux', '/opt/app', '/opt/app/x/y', true],
    ['linux', '/opt/app/', '/opt/app/x', true],
    ['linux', '/opt/app', '/opt/application', false],
    ['linux', '/opt/app', '/opt', false],
    ['linux', '/opt/app', '/opt/app/../etc', false],
    ['linux', '/opt/App', '/opt/app/x', false],
    ['linux', '/', '/etc/passwd', true],
    ['macos', '/Users/Ann', '/users/ann/x', true],
    ['macos', '/caf\u00e9', '/cafe\u0301/x', true],
    ['macos', '/Users/Ann', '/Users/Anna', false],
    ['windows', 'C:\\Apps', 'c:/apps/x', true],
    ['windows', 'C:\\Apps', 'C:\\Apps2', false],
    ['windows', 'C:\\Apps', 'D:\\Apps\\x', false],
    ['windows', 'C:\\Apps', 'C:\\Apps\\..\\Windows', false],
    ['windows', 'C:\\', 'C:\\x', true],
    ['windows', '\\\\server\\share', '\\\\SERVER\\share\\x', true],
  ])('%s: root %s, path %s: %s', (platform, root, path, expected) => {
    expect(isWithin(platform, root, path)).toBe(expected);
  });
});

describe('pathProblem', () => {
  it.each<[Platform, string, boolean]>([
    ['linux', '/opt/app', true],
    ['linux', 'opt/app', false],
    ['linux', '/opt/a\0b', false],
    ['linux', 'C:\\x', false],
    ['linux', '/opt/CON', true],
    ['macos', '/opt/a:b', true],
    ['windows', 'C:\\Apps\\x.txt', true],
    ['windows', 'C:/Apps/x.txt', true],
    ['windows', 'C:x.txt', false],
    ['windows', '\\Apps', false],
    ['windows', '/opt', false],
    ['windows', '\\\\server\\share\\x', true],
    ['windows', '\\\\.\\PhysicalDrive0', false],
    ['windows', '\\\\?\\C:\\x', false],
    ['windows', '//./C:/x', false],
    ['windows', 'C:\\Apps\\con', false],
    ['windows', 'C:\\Apps\\NUL.txt', false],
    ['windows', 'C:\\Apps\\x.txt:hidden', false],
    ['windows', 'C:\\Apps\\x.', false],
    ['windows', 'C:\\Apps\\x \\y', false],
    ['windows', 'C:\\Apps\\..\\y', true],
  ])('%s: %j fits: %s', (platform, path, fits) => {
    expect(pathProblem(platform, path) === null).toBe(fits);
  });
});

describe('fileNameProblem', () => {
  it.each<[Platform, string, boolean]>([
    ['linux', 'a.txt', true],
    ['linux', 'ü ü.txt', true],
    ['linux', '..hidden', true],
    ['linux', '..', false],
    ['linux', '.', false],
    ['linux', '', false],
    ['linux', 'a/b', false],
    ['linux', '../a', false],
    ['linux', 'a\\b', false],
    ['linux', 'a\nb', false],
    ['linux', 'aux', true],
    ['windows', 'aux', false],
    ['windows', 'a:b', false],
  ])('%s: %j fits: %s', (platform, name, fits) => {
    expect(fileNameProblem(platform, name) === null).toBe(fits);
  });
});

describe('normalizePath', () => {
  it.each<[Platform, string, string]>([
    ['linux', '/a//b/../c/', '/a/c'],
    ['linux', '/..', '/'],
    ['linux', '/', '/'],
    ['windows', 'C:/a/b/../c\\', 'C:\\a\\c'],
    ['windows', 'C:\\', 'C:\\'],
  ])('%s: %s becomes %s', (platform, path, expected) => {
    expect(normalizePath(platform, path)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import {
  archiveProblem,
  type Entry,
  formatOf,
  linkLeaves,
  listVector,
  parseTarListing,
  parseZipListing,
  programsFor,
  unpackVector,
} from './archive-entries.ts';

const entry = (name: string, more: Partial<Entry> = {}): Entry => ({
  kind: 'file',
  name,
  target: null,
  size: 1,
  ...more,
});

describe('argument vectors', () => {
  it('tar with its compressor named', () => {
    expect(listVector('tar.zst', './a')).toEqual([
      'tar',
      '--list',
      '--verbose',
      '--numeric-owner',
      '--quoting-style=escape',
      '--absolute-names',
      '--use-compress-program=zstd',
      '--file',
      './a',
    ]);
    expect(unpackVector('tar.gz', './a', '/opt/.new', 1)).toEqual([
      'tar',
      '--extract',
      '--no-same-owner',
      '--delay-directory-restore',
      '--use-compress-program=gzip',
      '--strip-components=1',
      '--directory',
      '/opt/.new',
      '--file',
      './a',
    ]);
  });

  it('zip', () => {
    expect(listVector('zip', './a')).toEqual(['unzip', '-Z', '-l', './a']);
    expect(unpackVector('zip', './a', '/opt/.new', 0)).toEqual(['unzip', '-q', '-o', './a', '-d', '/opt/.new']);
  });

  it.each([
    ['tar', ['tar']],
    ['tar.xz', ['tar', 'xz']],
    ['zip', ['unzip']],
  ] as const)('%s needs %j', (format, programs) => {
    expect(programsFor(format)).toEqual(programs);
  });
});

it.each([
  ['1f8b0800', 'tar.gz'],
  ['fd377a585a0000', 'tar.xz'],
  ['28b52ffd04', 'tar.zst'],
  ['425a6839', 'tar.bz2'],
  ['504b0304', 'zip'],
  [`${'00'.repeat(257)}7573746172`, 'tar'],
  ['23212f62696e2f7368', null],
  ['', null],
])('content %s is %s', (hex, expected) => {
  expect(formatOf(Buffer.from(hex, 'hex'))).toBe(expected);
});

it('the listing of tar is read', () => {
  const text = [
    'drwxr-xr-x 0/0               0 2026-01-01 00:00 app/',
    '-rwxr-xr-x 1000/1000     12345 2026-01-01 00:00 app/a file',
    'lrwxrwxrwx 0/0               0 2026-01-01 00:00 app/link -> a file',
    'hrw-r--r-- 0/0               0 2026-01-01 00:00 app/hard link to app/a file',
    'crw-r--r-- 0/0             1,3 2026-01-01 00:00 app/null',
    '',
  ].join('\n');
  expect(parseTarListing(text)).toEqual([
    entry('app/', { kind: 'folder', size: 0 }),
    entry('app/a file', { size: 12_345 }),
    entry('app/link', { kind: 'link', target: 'a file', size: 0 }),
    entry('app/hard', { kind: 'hard link', target: 'app/a file', size: 0 }),
    entry('app/null', { kind: 'other', size: 0 }),
  ]);
});

it.each(['lrwxrwxrwx 0/0 0 2026-01-01 00:00 a -> b -> /etc', 'something else altogether'])(
  'a listing that cannot be read for certain is not taken: %s',
  (line) => {
    expect(parseTarListing(line)).toBeNull();
  },
);

it('the listing of zipinfo is read', () => {
  const text = [
    'Archive:  a.zip',
    'Zip file size: 460 bytes, number of entries: 3',
    'drwxr-xr-x  3.0 unx        0 bx        0 stor 26-Jan-01 00:00 app/',
    '-rw-r--r--  3.0 unx      321 tx      120 defN 26-Jan-01 00:00 app/a file',
    'lrwxrwxrwx  3.0 unx        7 bx        7 stor 26-Jan-01 00:00 app/link',
    '3 files, 328 bytes uncompressed, 127 bytes compressed:  61.3%',
    '',
  ].join('\n');
  expect(parseZipListing(text)).toEqual([
    entry('app/', { kind: 'folder', size: 0 }),
    entry('app/a file', { size: 321 }),
    entry('app/link', { kind: 'link', size: 7 }),
  ]);
});

describe('archiveProblem', () => {
  it.each([
    [entry('app/a')],
    [entry('./app/..a/a..')],
    [entry('a', { kind: 'link', target: 'b' })],
    [entry('app/bin/a', { kind: 'link', target: '../lib/a' })],
    [entry('b', { kind: 'hard link', target: 'app/a' })],
  ])('%o is fine', (each) => {
    expect(archiveProblem([each])).toBeNull();
  });

  it.each([
    [entry('/etc/passwd')],
    [entry('../x')],
    [entry('app/../../x')],
    [entry('app\\..\\x')],
    [entry('C:/x')],
    [entry('\\\\server\\x')],
    [entry('a', { kind: 'link', target: '/etc' })],
    [entry('a', { kind: 'link', target: '..' })],
    [entry('app/a', { kind: 'link', target: '../../etc' })],
    [entry('app/a', { kind: 'link', target: '../app/../../app' })],
    [entry('a', { kind: 'hard link', target: '/etc/shadow' })],
    [entry('a', { kind: 'hard link', target: '../shadow' })],
    [entry('null', { kind: 'other' })],
  ])('%o is refused', (each) => {
    expect(archiveProblem([entry('fine'), each])).not.toBeNull();
  });

  it('an empty archive is refused', () => {
    expect(archiveProblem([])).toBe('the archive is empty');
  });
});

it.each([
  ['a', 'b', false],
  ['a/b', '..', false],
  ['a/b', '../..', true],
  ['a', '..', true],
  ['./a', '..', true],
  ['a/b/c', '../../d/../..', true],
  ['a/b/c', '../../d/..', false],
])('a link %s to %s leads out: %s', (name, target, expected) => {
  expect(linkLeaves(name, target)).toBe(expected);
});

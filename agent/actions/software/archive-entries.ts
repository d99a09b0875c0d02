/** What is in an archive, read from the listings of tar and unzip, and whether it may be unpacked; all pure. */
import type { Vector } from '../process/as-user.ts';

export type ArchiveFormat = 'tar' | 'tar.gz' | 'tar.bz2' | 'tar.xz' | 'tar.zst' | 'zip';

const magics: readonly (readonly [ArchiveFormat, number, string])[] = [
  ['tar.gz', 0, '1f8b'],
  ['tar.bz2', 0, '425a68'],
  ['tar.xz', 0, 'fd377a585a00'],
  ['tar.zst', 0, '28b52ffd'],
  ['zip', 0, '504b0304'],
  ['zip', 0, '504b0506'],
  ['tar', 257, '7573746172'],
];

/** Enough of a file to know its format. */
export const MAGIC_BYTES = 262;

/** Told by content: names of downloads say little. */
export const formatOf = (start: Buffer): ArchiveFormat | null => {
  const found = magics.find(([, offset, hex]) => start.toString('hex', offset, offset + hex.length / 2) === hex);
  return found === undefined ? null : found[0];
};

const compressor = { tar: null, 'tar.gz': 'gzip', 'tar.bz2': 'bzip2', 'tar.xz': 'xz', 'tar.zst': 'zstd' } as const;

type TarFormat = keyof typeof compressor;
export const isTar = (format: ArchiveFormat): format is TarFormat => format !== 'zip';

/** Programs that unpacking needs. */
export const programsFor = (format: ArchiveFormat): string[] => {
  if (!isTar(format)) return ['unzip'];
  const name = compressor[format];
  return name === null ? ['tar'] : ['tar', name];
};

const tarCompression = (format: TarFormat): string[] => {
  const name = compressor[format];
  return name === null ? [] : [`--use-compress-program=${name}`];
};

export const listVector = (format: ArchiveFormat, path: string): Vector =>
  isTar(format)
    ? [
        'tar',
        '--list',
        '--verbose',
        '--numeric-owner',
        '--quoting-style=escape',
        // Names as they are in the archive: tar would show them mended.
        '--absolute-names',
        ...tarCompression(format),
        '--file',
        path,
      ]
    : ['unzip', '-Z', '-l', path];

export const unpackVector = (format: ArchiveFormat, path: string, folder: string, strip: number): Vector =>
  isTar(format)
    ? [
        'tar',
        '--extract',
        '--no-same-owner',
        '--delay-directory-restore',
        ...tarCompression(format),
        ...(strip > 0 ? [`--strip-components=${strip}`] : []),
        '--directory',
        folder,
        '--file',
        path,
      ]
    : ['unzip', '-q', '-o', path, '-d', folder];

export type Entry = {
  kind: 'file' | 'folder' | 'link' | 'hard link' | 'other';
  name: string;
  target: string | null;
  size: number;
};

const tarKinds: Readonly<Record<string, Entry['kind']>> = { '-': 'file', d: 'folder', l: 'link', h: 'hard link' };
const separators = { link: ' -> ', 'hard link': ' link to ' } as const;

const splitTarget = (kind: Entry['kind'], text: string): { name: string; target: string | null } | null => {
  if (kind !== 'link' && kind !== 'hard link') return { name: text, target: null };
  const [name, target, ...more] = text.split(separators[kind]);
  // A name that itself holds the separator could hide where the link leads.
  return name === undefined || target === undefined || more.length > 0 ? null : { name, target };
};

/** Lines of GNU tar's verbose listing; null when one of them cannot be read for certain. */
export const parseTarListing = (text: string): Entry[] | null => {
  const entries: Entry[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const match = /^(.)\S+ +\d+\/\d+ +([\d,]+) +\d{4}-\d\d-\d\d \d\d:\d\d (.+)$/.exec(line);
    const kind = tarKinds[match?.[1] ?? ''] ?? 'other';
    const parts = match?.[3] === undefined ? null : splitTarget(kind, match[3]);
    if (parts === null) return null;
    entries.push({ kind, ...parts, size: kind === 'file' ? Number(match?.[2]) : 0 });
  }
  return entries;
};

/** Lines of zipinfo's long listing. Where links lead is looked at after unpacking, which follows none. */
export const parseZipListing = (text: string): Entry[] | null => {
  const entries: Entry[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || /^(?:Archive:|Zip file size:|\d+ files?,|Empty zipfile)/.test(line)) continue;
    const match = /^(.)\S{2,} +\S+ +\S+ +(\d+) +\S+ +\d+ +\S+ +\S+ \d\d:\d\d (.+)$/.exec(line);
    if (match?.[3] === undefined) return null;
    const kind = match[3].endsWith('/') ? 'folder' : match[1] === 'l' ? 'link' : 'file';
    entries.push({ kind, name: match[3], target: null, size: Number(match[2]) });
  }
  return entries;
};

const parts = (path: string): string[] => path.split(/[/\\]/);

const leavesByName = (name: string): boolean => /^(?:[/\\]|[A-Za-z]:)/.test(name) || parts(name).includes('..');

/** Does a link's target, read from the link's own folder, lead out of the archive? */
export const linkLeaves = (name: string, target: string): boolean => {
  if (target.startsWith('/')) return true;
  let depth =
    name
      .replace(/\/+$/, '')
      .split('/')
      .filter((part) => part !== '' && part !== '.').length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
};

const entryProblem = (entry: Entry): string | null => {
  if (leavesByName(entry.name)) return `"${entry.name}" lies outside of the archive's folder`;
  if (entry.kind === 'other') return `"${entry.name}" is a device or something else that is no file`;
  if (entry.kind === 'link' && entry.target !== null && linkLeaves(entry.name, entry.target))
    return `the link "${entry.name}" leads out, to ${entry.target}`;
  if (entry.kind === 'hard link' && entry.target !== null && leavesByName(entry.target))
    return `the hard link "${entry.name}" leads out, to ${entry.target}`;
  return null;
};

/** The first reason not to unpack; null when there is none. */
export const archiveProblem = (entries: readonly Entry[]): string | null => {
  if (entries.length === 0) return 'the archive is empty';
  for (const entry of entries) {
    const problem = entryProblem(entry);
    if (problem !== null) return problem;
  }
  return null;
};

export const unpackedBytes = (entries: readonly Entry[]): number => entries.reduce((sum, entry) => sum + entry.size, 0);

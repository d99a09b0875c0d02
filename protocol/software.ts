/** Packages: what a catalogue entry, a custom package in a spec and a job say about one. */
import { z } from 'zod';
import { splitArguments } from './arguments.ts';
import { FileId } from './ids.ts';
import { HttpUrl, Sha256 } from './text.ts';

export const PackageType = z.enum([
  'apt',
  'dnf',
  'yum',
  'zypper',
  'apk',
  'pacman',
  'brew',
  'choco',
  'winget',
  'deb',
  'rpm',
  'msi',
  'exe',
  'pkg',
  'dmg',
  'sh',
  'archive',
]);
export type PackageType = z.infer<typeof PackageType>;

/** Types that are installed from a file rather than by name from a repository. */
export const filePackageTypes: ReadonlySet<PackageType> = new Set([
  'deb',
  'rpm',
  'msi',
  'exe',
  'pkg',
  'dmg',
  'sh',
  'archive',
]);

/** Endings in lower case; none of them is the end of another. */
const typeByEnding: readonly (readonly [RegExp, PackageType])[] = [
  [/\.(?:tar|tar\.gz|tgz|tar\.xz|txz|tar\.bz2|tbz2?|tar\.zst|zip)$/, 'archive'],
  [/\.deb$/, 'deb'],
  [/\.rpm$/, 'rpm'],
  [/\.msi$/, 'msi'],
  [/\.exe$/, 'exe'],
  [/\.pkg$/, 'pkg'],
  [/\.dmg$/, 'dmg'],
  [/\.(?:sh|run)$/, 'sh'],
];

/** The type that a file's name tells, for packages that name none; null when it tells none. */
export const packageTypeOfFile = (filename: string): PackageType | null =>
  typeByEnding.find(([ending]) => ending.test(filename.toLowerCase()))?.[1] ?? null;

/** The name of the file that an address leads to; empty when the address ends in a slash. */
export const fileNameOfUrl = (url: string): string => {
  const name = /^https?:\/\/[^/?#]*\/(?:[^?#]*\/)?([^/?#]*)/i.exec(url)?.[1] ?? '';
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
};

/** Starts with a letter or digit, so that no package manager can take it for an option. */
export const PackageName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9+._:/@-]{0,199}$/,
    'must start with a letter or digit and contain only letters, digits and + . _ : / @ -',
  );

export const PackageVersion = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9+.~:*_-]{0,99}$/,
    'must start with a letter or digit and contain only letters, digits and + . ~ : * _ -',
  );

const Argument = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => !text.includes('\0'), 'must not contain NUL');

/** An argument vector; a string is split as a shell would split words, without any expansion. */
export const InstallArguments = z
  .union([z.array(Argument).max(100), z.string().max(4000)])
  .transform((value, context) => {
    if (typeof value !== 'string') return value;
    const words = splitArguments(value);
    if (words !== null) return words;
    context.addIssue({ code: 'custom', message: 'has a quote that is not closed' });
    return z.NEVER;
  });

/** A line for a shell, which a person wrote. */
const ShellLine = z
  .string()
  .trim()
  .min(1)
  .max(4000)
  .nullish()
  .transform((command) => command ?? null);

export const packageShape = {
  name: PackageName,
  version: PackageVersion.nullish().transform((version) => version ?? null),
  /** Null: each machine takes its own package manager, or what the file's name says. */
  package_type: PackageType.nullish().transform((type) => type ?? null),
  file_id: FileId.nullish().transform((id) => id ?? null),
  download_url: HttpUrl.nullish().transform((url) => url ?? null),
  sha256: Sha256.nullish().transform((hash) => hash ?? null),
  install_args: InstallArguments.default([]),
  uninstall_command: ShellLine,
  /** Takes an installation back, where going back to the version before or removing it is not the way. */
  rollback_command: ShellLine,
};

type PackageSource = { package_type: PackageType | null; file_id: string | null; download_url: string | null };

type SourceIssue = { path: string; message: string };

const sourceIssueOfType = (type: PackageType, value: PackageSource): SourceIssue | null => {
  const fromFile = filePackageTypes.has(type);
  const hasSource = value.file_id !== null || value.download_url !== null;
  if (fromFile && !hasSource)
    return { path: 'download_url', message: `a package of type ${type} needs file_id or download_url` };
  if (!fromFile && hasSource)
    return {
      path: value.file_id === null ? 'download_url' : 'file_id',
      message: `a package of type ${type} is installed by name from its repository`,
    };
  return null;
};

/** What is wrong with where a package comes from; null when it is right. */
export const packageSourceIssue = (value: PackageSource): SourceIssue | null => {
  if (value.file_id !== null && value.download_url !== null)
    return { path: 'download_url', message: 'give either file_id or download_url, not both' };
  if (value.package_type !== null) return sourceIssueOfType(value.package_type, value);
  // What is no address at all is refused by its own rule.
  if (value.download_url === null || !/^https?:/i.test(value.download_url)) return null;
  if (packageTypeOfFile(fileNameOfUrl(value.download_url)) !== null) return null;
  return { path: 'package_type', message: 'is needed: the name of the file does not tell what it is' };
};

export const refinePackageSource = (value: PackageSource, context: z.RefinementCtx): void => {
  const issue = packageSourceIssue(value);
  if (issue !== null) context.addIssue({ code: 'custom', path: [issue.path], message: issue.message });
};

/** A package in a spec, without a catalogue entry. */
export const CustomSoftware = z.strictObject(packageShape).superRefine(refinePackageSource);
export type CustomSoftware = z.infer<typeof CustomSoftware>;

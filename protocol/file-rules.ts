/** Whether a team's rules let a file in. Pure: the server enforces it, and the dashboard says it before a byte is sent. */
import type { FileRules } from './http/file-rules.ts';
import type { FieldIssue } from './issues.ts';

/** Windows drops dots and blanks at the end of a name, so `setup.exe.` runs there like `setup.exe`. */
const bareName = (filename: string): string => filename.toLowerCase().replace(/[. ]+$/, '');

/** By its end, so that `tar.gz` and `gz` both find `site.tar.gz`. */
const findExtension = (filename: string, extensions: readonly string[]): string | undefined => {
  const name = bareName(filename);
  return extensions.find((extension) => name.endsWith(`.${extension}`));
};

const listed = (extensions: readonly string[]): string => extensions.map((extension) => `.${extension}`).join(', ');

export const filenameIssue = (rules: FileRules, filename: string): FieldIssue | null => {
  const { allowed_extensions, refused_extensions } = rules;
  // On Windows `setup.exe::$DATA` is another name of `setup.exe`: what follows a colon names a stream of the file.
  const refused =
    findExtension(filename, refused_extensions) ?? findExtension(filename.split(':')[0] ?? '', refused_extensions);
  if (refused !== undefined)
    return {
      path: 'filename',
      message: `must not end with .${refused}: the team refuses ${listed(refused_extensions)}`,
    };
  if (allowed_extensions === null || findExtension(filename, allowed_extensions) !== undefined) return null;
  return {
    path: 'filename',
    message: `must end with an extension that the team allows: ${listed(allowed_extensions)}`,
  };
};

const UNITS = [
  ['GB', 1_000_000_000],
  ['MB', 1_000_000],
] as const;

/** Exact, and for a person: `1500000 bytes (1.5 MB)`. */
const describeBytes = (bytes: number): string => {
  const unit = UNITS.find(([, size]) => bytes >= size);
  return unit === undefined ? `${bytes} bytes` : `${bytes} bytes (${Number((bytes / unit[1]).toFixed(1))} ${unit[0]})`;
};

export const sizeIssue = (rules: FileRules, size: number): FieldIssue | null => {
  const { max_file_bytes } = rules;
  if (max_file_bytes === null || size <= max_file_bytes) return null;
  return { path: 'size', message: `must be at most ${describeBytes(max_file_bytes)}, which the team has set` };
};

/** The first that is wrong with a file whose size is known. */
export const fileIssue = (
  rules: FileRules,
  { filename, size }: { filename: string; size: number },
): FieldIssue | null => filenameIssue(rules, filename) ?? sizeIssue(rules, size);

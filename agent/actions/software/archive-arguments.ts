/** Where an archive goes, from its package's name and arguments; pure. */
export type ArchiveOptions = { target: string; strip: number };
export type ParsedOptions = { ok: true; options: ArchiveOptions } | { ok: false; message: string };

const DEFAULT_PARENT = '/opt';
const wrong = (message: string): ParsedOptions => ({ ok: false, message });

const separate = (args: readonly string[]): string[] =>
  args.flatMap((arg) => {
    const match = /^(--(?:target|strip-components))=(.*)$/s.exec(arg);
    return match?.[1] === undefined || match[2] === undefined ? [arg] : [match[1], match[2]];
  });

const readTarget = (name: string, given: string | null): string | null => {
  if (given !== null) return given;
  return /^[A-Za-z0-9][A-Za-z0-9+._-]*$/.test(name) ? `${DEFAULT_PARENT}/${name}` : null;
};

/**
 * `--target DIR`, or one absolute path, is the folder that will hold what is in the archive; without it
 * `/opt/<name>`. `--strip-components N` drops leading folders of a tar archive.
 */
export const parseArchiveArguments = (name: string, args: readonly string[]): ParsedOptions => {
  let given: string | null = null;
  let strip = 0;
  const words = separate(args);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const value = words[index + 1];
    if (word === '--strip-components') {
      if (value === undefined || !/^\d{1,2}$/.test(value)) return wrong('--strip-components takes a number');
      strip = Number(value);
      index++;
      continue;
    }
    const path = word === '--target' ? value : word;
    if (word === '--target') index++;
    if (path === undefined || !path.startsWith('/'))
      return wrong(`an archive takes --target DIR and --strip-components N, not ${word}`);
    if (given !== null) return wrong('an archive goes to one folder only');
    given = path;
  }
  const target = readTarget(name, given);
  return target === null
    ? wrong(`${name} is no folder's name: say where to by --target DIR`)
    : { ok: true, options: { target, strip } };
};

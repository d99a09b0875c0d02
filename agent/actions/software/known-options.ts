/**
 * Options of package managers that a job may add. What is not listed is refused: many options of package managers run
 * programs, read other configuration or install into another system. Pure.
 */
export type KnownOptions = {
  plain: readonly string[];
  /** Options with a value, written `--name=value` or as two words. */
  valued?: Readonly<Record<string, RegExp>>;
};

/** Names of repositories, architectures, scopes and the like. */
export const WORD = /^[A-Za-z0-9][A-Za-z0-9.+~:/_*-]*$/;
/** Text without line breaks, which a manager hands on to the package. */
export const LINE = /^[^\r\n]+$/;

const separate = (arg: string): [string, string | null] => {
  const at = arg.startsWith('--') ? arg.indexOf('=') : -1;
  return at === -1 ? [arg, null] : [arg.slice(0, at), arg.slice(at + 1)];
};

/** The first argument that is not known; null when all are. */
export const refusedOption = (known: KnownOptions, args: readonly string[]): string | null => {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (known.plain.includes(arg)) continue;
    const [name, inner] = separate(arg);
    const pattern = known.valued?.[name];
    const value = inner ?? args[index + 1] ?? '';
    if (pattern === undefined || !pattern.test(value)) return arg;
    if (inner === null) index++;
  }
  return null;
};

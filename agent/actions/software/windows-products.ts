/** What Windows lists under "installed apps", read from the registry; the parts are pure. */
import type { JobRun } from '../job-run.ts';
import type { Vector } from '../process/as-user.ts';
import { runTool, succeeded } from '../process/tool.ts';

export type Product = { key: string; name: string; version: string | null };

const UNINSTALL = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall';

/** Programs of 64 and of 32 bits are listed apart. */
export const productQueries: readonly Vector[] = [
  ['reg', 'query', UNINSTALL, '/s', '/reg:64'],
  ['reg', 'query', UNINSTALL, '/s', '/reg:32'],
];

const GUID = /^\{?([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12})\}?$/i;

/** A product code in braces; null when the text is none. */
export const productCode = (text: string): string | null => {
  const guid = GUID.exec(text)?.[1];
  return guid === undefined ? null : `{${guid.toUpperCase()}}`;
};

const fieldOf = (block: string, name: string): string | null =>
  new RegExp(`^\\s+${name}\\s+REG_\\w+\\s+(.*\\S)\\s*$`, 'm').exec(block)?.[1] ?? null;

export const parseProducts = (text: string): Product[] =>
  text.split(/\r?\n(?=HKEY_)/).flatMap((block) => {
    const key = /^HKEY_.*\\([^\\\r\n]+)\s*$/m.exec(block)?.[1]?.trim();
    const name = fieldOf(block, 'DisplayName');
    return key === undefined || name === null ? [] : [{ key, name, version: fieldOf(block, 'DisplayVersion') }];
  });

/** Display names carry versions, editions and spaces, which the name of a package does not. */
const plainName = (name: string): string =>
  name
    .replace(/\(.*?\)/g, ' ')
    .replace(/\sv?\d+(?:\.\d+)+.*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

/** By product code, or by the name that is shown. */
export const findProduct = (products: readonly Product[], wanted: string): Product | null => {
  const code = productCode(wanted);
  const found =
    code === null
      ? products.find(({ name }) => plainName(name) === plainName(wanted))
      : products.find(({ key }) => key.toUpperCase() === code);
  return found ?? null;
};

export const installedProduct = async (run: JobRun, wanted: string): Promise<Product | null> => {
  for (const argv of productQueries) {
    const result = await runTool(run, argv, { visible: false });
    const found = succeeded(result) ? findProduct(parseProducts(result.stdout), wanted) : null;
    if (found !== null) return found;
  }
  return null;
};

/** Installers write `23.1.0.0` where people write `23.1`. */
export const productMatches = (wanted: string, version: string): boolean =>
  version === wanted || version.startsWith(`${wanted}.`);

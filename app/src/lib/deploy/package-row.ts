/** A package as rows of a form, and the way from it to a spec or a catalogue entry and back. */
import { type CustomSoftware, filePackageTypes, type PackageType } from '#protocol/software.ts';
import { joinArguments } from './join-arguments.ts';
import { textOrNull } from './number-text.ts';
import { nextKey } from './row-key.ts';

export interface PackageRow {
  key: number;
  name: string;
  version: string;
  /** Empty: each machine takes its own package manager, or what the file's name says. */
  packageType: PackageType | '';
  source: 'repository' | 'url' | 'file';
  downloadUrl: string;
  fileId: string;
  sha256: string;
  installArgs: string;
  uninstallCommand: string;
  rollbackCommand: string;
}

export const emptyPackageRow = (): PackageRow => ({
  key: nextKey(),
  name: '',
  version: '',
  packageType: '',
  source: 'repository',
  downloadUrl: '',
  fileId: '',
  sha256: '',
  installArgs: '',
  uninstallCommand: '',
  rollbackCommand: '',
});

/** Packages of a repository come by their name alone, and some only from a file; without a type both may be. */
export const sourcesOf = ({ packageType }: PackageRow): readonly PackageRow['source'][] => {
  if (packageType === '') return ['repository', 'url', 'file'];
  return filePackageTypes.has(packageType) ? ['url', 'file'] : ['repository'];
};

/** Where it comes from: what was chosen, while the type allows that. */
export const sourceOf = (row: PackageRow): PackageRow['source'] => {
  const sources = sourcesOf(row);
  return sources.includes(row.source) ? row.source : (sources[0] ?? 'repository');
};

/** Without a type an address that is not given would mean the repository, which was not chosen. */
const given = (row: PackageRow, text: string): string | null =>
  row.packageType === '' ? text.trim() : textOrNull(text);

export const packageInput = (row: PackageRow): Record<string, unknown> => {
  const source = sourceOf(row);
  return {
    name: row.name.trim(),
    version: textOrNull(row.version),
    package_type: row.packageType === '' ? null : row.packageType,
    file_id: source === 'file' ? given(row, row.fileId) : null,
    download_url: source === 'url' ? given(row, row.downloadUrl) : null,
    sha256: source === 'url' ? (textOrNull(row.sha256)?.toLowerCase() ?? null) : null,
    install_args: row.installArgs,
    uninstall_command: textOrNull(row.uninstallCommand),
    rollback_command: textOrNull(row.rollbackCommand),
  };
};

const sourceIn = ({ file_id, download_url }: CustomSoftware): PackageRow['source'] => {
  if (file_id !== null) return 'file';
  return download_url === null ? 'repository' : 'url';
};

export const packageRow = (software: CustomSoftware): PackageRow => ({
  key: nextKey(),
  name: software.name,
  version: software.version ?? '',
  packageType: software.package_type ?? '',
  source: sourceIn(software),
  downloadUrl: software.download_url ?? '',
  fileId: software.file_id ?? '',
  sha256: software.sha256 ?? '',
  installArgs: joinArguments(software.install_args),
  uninstallCommand: software.uninstall_command ?? '',
  rollbackCommand: software.rollback_command ?? '',
});

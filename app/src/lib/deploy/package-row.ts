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
  source: 'url' | 'file';
  downloadUrl: string;
  fileId: string;
  sha256: string;
  installArgs: string;
  uninstallCommand: string;
}

export const emptyPackageRow = (): PackageRow => ({
  key: nextKey(),
  name: '',
  version: '',
  packageType: 'apt',
  source: 'url',
  downloadUrl: '',
  fileId: '',
  sha256: '',
  installArgs: '',
  uninstallCommand: '',
});

/** Packages of a repository come by their name alone; without a type they may come from a file. */
export const mayHaveSource = ({ packageType }: PackageRow): boolean =>
  packageType === '' || filePackageTypes.has(packageType);

export const packageInput = (row: PackageRow): Record<string, unknown> => {
  const source = mayHaveSource(row) ? row.source : null;
  return {
    name: row.name.trim(),
    version: textOrNull(row.version),
    package_type: row.packageType === '' ? null : row.packageType,
    file_id: source === 'file' ? textOrNull(row.fileId) : null,
    download_url: source === 'url' ? textOrNull(row.downloadUrl) : null,
    sha256: source === 'url' ? (textOrNull(row.sha256)?.toLowerCase() ?? null) : null,
    install_args: row.installArgs,
    uninstall_command: textOrNull(row.uninstallCommand),
  };
};

export const packageRow = (software: CustomSoftware): PackageRow => ({
  key: nextKey(),
  name: software.name,
  version: software.version ?? '',
  packageType: software.package_type ?? '',
  source: software.file_id === null ? 'url' : 'file',
  downloadUrl: software.download_url ?? '',
  fileId: software.file_id ?? '',
  sha256: software.sha256 ?? '',
  installArgs: joinArguments(software.install_args),
  uninstallCommand: software.uninstall_command ?? '',
});

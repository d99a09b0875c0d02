import { z } from 'zod';
import { FileId, SoftwareId } from '../ids.ts';
import { InstallArguments, PackageType, packageShape, refinePackageSource } from '../software.ts';
import { Instant } from '../text.ts';
import { PageQuery } from './page.ts';

export const Software = z.object({
  id: SoftwareId,
  name: z.string(),
  version: z.string().nullable(),
  package_type: PackageType.nullable(),
  file_id: FileId.nullable(),
  download_url: z.string().nullable(),
  sha256: z.string().nullable(),
  install_args: z.array(z.string()),
  uninstall_command: z.string().nullable(),
  rollback_command: z.string().nullable(),
  created_at: Instant,
});
export type Software = z.infer<typeof Software>;

export const CreateSoftware = z.strictObject(packageShape).superRefine(refinePackageSource);
/** The fields to change; the entry that results is checked as a whole. A new entry's default would empty an old one's arguments. */
export const UpdateSoftware = z.strictObject({ ...packageShape, install_args: InstallArguments }).partial();
export const SoftwareQuery = PageQuery.extend({
  q: z.string().max(200).optional(),
  package_type: PackageType.optional(),
});

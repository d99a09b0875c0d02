/** What a team lets in as a file, and how long it keeps one that nothing uses. */
import { z } from 'zod';
import { MAX_FILE_BYTES } from '../limits.ts';

/** The longest in use have three parts (`.pkg.tar.zst`); a list is read by people. */
const MAX_EXTENSION_CHARACTERS = 32;
const MAX_EXTENSIONS = 100;
/** Ten years: longer is never. */
const MAX_EXPIRY_DAYS = 3650;

/** Lower case and without the dot in front, whichever way it is given: `.TAR.GZ` is `tar.gz`. */
export const Extension = z
  .string()
  .trim()
  .toLowerCase()
  .overwrite((text) => text.replace(/^\./, ''))
  .max(MAX_EXTENSION_CHARACTERS, `must be at most ${MAX_EXTENSION_CHARACTERS} characters`)
  .regex(/^[a-z0-9_+~-]+(?:\.[a-z0-9_+~-]+)*$/, 'must be an extension such as deb or tar.gz');

const Extensions = z
  .array(Extension)
  .max(MAX_EXTENSIONS, `must be at most ${MAX_EXTENSIONS} extensions`)
  .overwrite((extensions) => [...new Set(extensions)]);

export const FileRules = z.object({
  /** Null takes all. */
  allowed_extensions: Extensions.min(1, 'must name an extension, or be null to allow all').nullable(),
  /** They count more than what is allowed. */
  refused_extensions: Extensions,
  /** Null leaves the limit to the system's own. */
  max_file_bytes: z
    .int()
    .min(1, 'must be at least 1')
    .max(MAX_FILE_BYTES, `must be at most ${MAX_FILE_BYTES}`)
    .nullable(),
  /** Counted from the upload or the last use. Null keeps all. */
  unused_files_expire_after_days: z
    .int()
    .min(1, 'must be at least 1')
    .max(MAX_EXPIRY_DAYS, `must be at most ${MAX_EXPIRY_DAYS}`)
    .nullable(),
});
export type FileRules = z.infer<typeof FileRules>;

/** What the body does not name stays. */
export const UpdateFileRules = z.strictObject(FileRules.partial().shape);
export type UpdateFileRules = z.output<typeof UpdateFileRules>;

/** Of a team that has made none. */
export const NO_FILE_RULES: FileRules = {
  allowed_extensions: null,
  refused_extensions: [],
  max_file_bytes: null,
  unused_files_expire_after_days: null,
};

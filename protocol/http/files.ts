import { z } from 'zod';
import { FileId, UploadId } from '../ids.ts';
import { MAX_FILE_BYTES } from '../limits.ts';
import { Instant, Sha256 } from '../text.ts';
import { PageQuery } from './page.ts';

/** A plain file name: what an upload is called and what it is written as on a host. */
export const Filename = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(255, 'must be at most 255 characters')
  .refine((name) => !/[/\\\p{Cc}]/u.test(name) && name !== '.' && name !== '..', 'must be a plain file name');

export const File = z.object({
  id: FileId,
  filename: z.string(),
  size: z.int(),
  sha256: Sha256,
  content_type: z.string(),
  created_at: Instant,
});
export type File = z.infer<typeof File>;

/** A file as the list shows it: with how long it stays. */
export const FileEntry = File.extend({
  /** A catalogue entry or a deployment that has not ended needs it. */
  in_use: z.boolean(),
  /** Null when nothing has used it since its upload. */
  last_used_at: Instant.nullable(),
  /** When the team's rules remove it, unless something uses it before. Null while it is in use or nothing expires. */
  expires_at: Instant.nullable(),
});
export type FileEntry = z.infer<typeof FileEntry>;

export const FileQuery = PageQuery.extend({ q: z.string().max(200).optional() });

export const StartUpload = z.strictObject({
  filename: Filename,
  size: z.int().min(1, 'must be at least 1').max(MAX_FILE_BYTES, `must be at most ${MAX_FILE_BYTES}`),
  content_type: z.string().max(200).optional(),
});
export const StartedUpload = z.object({ upload_id: UploadId, part_size: z.int(), parts: z.int() });

const UploadFields = StartedUpload.extend({
  filename: z.string(),
  size: z.int(),
  started_by: z.string(),
  started_at: Instant,
});

/** One upload, with what is needed to go on with it. */
export const Upload = UploadFields.extend({
  received_parts: z.array(z.object({ number: z.int(), size: z.int() })),
  /** From then on it takes no parts, and completing it again answers with its file. */
  completed_at: Instant.nullable(),
  /** When the server gives it up if nothing more arrives; of a complete one, when it forgets how it ended. */
  expires_at: Instant,
});
export type Upload = z.infer<typeof Upload>;

/** One that is not complete, as the list shows it. */
export const UnfinishedUpload = UploadFields.extend({ received_bytes: z.int(), expires_at: Instant });
export type UnfinishedUpload = z.infer<typeof UnfinishedUpload>;

export const CompleteUpload = z.strictObject({ sha256: Sha256.optional() });

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

export const FileQuery = PageQuery.extend({ q: z.string().max(200).optional() });

export const StartUpload = z.strictObject({
  filename: Filename,
  size: z.int().min(1, 'must be at least 1').max(MAX_FILE_BYTES, `must be at most ${MAX_FILE_BYTES}`),
  content_type: z.string().max(200).optional(),
});
export const StartedUpload = z.object({ upload_id: UploadId, part_size: z.int(), parts: z.int() });
export const Upload = StartedUpload.extend({ filename: z.string(), size: z.int(), received_parts: z.array(z.int()) });
export const CompleteUpload = z.strictObject({ sha256: Sha256.optional() });

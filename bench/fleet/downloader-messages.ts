/** What the fleet asks of a process that downloads as an agent does. */
import { z } from 'zod';
import { Job } from '#protocol/agent/job.ts';
import { HostId } from '#protocol/ids.ts';
import { HttpUrl, Sha256 } from '#protocol/text.ts';

export const DownloadOrder = z.discriminatedUnion('type', [
  /** A job's file from the server, with the proof of the host's key. */
  z.object({
    type: z.literal('job'),
    job: Job,
    server: HttpUrl,
    host_id: HostId,
    private_key: z.string(),
  }),
  /** The same content from any other address. */
  z.object({ type: z.literal('url'), url: HttpUrl, sha256: Sha256 }),
]);
export type DownloadOrder = z.infer<typeof DownloadOrder>;

/** `ready` once, then one for each order. */
export const DownloaderReport = z.object({ type: z.enum(['ready', 'done']), error: z.string().nullable() });
export type DownloaderReport = z.infer<typeof DownloaderReport>;

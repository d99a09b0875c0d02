/** What an upload is given: the file and whoever watches, and the means. */
import type { UploadId } from '#protocol/ids.ts';
import type { FileIdentity, UploadMemory } from './remembered-uploads.ts';
import type { RetryTools } from './retry.ts';
import type { SendBody } from './send-body.ts';

export interface UploadInput {
  file: Blob & FileIdentity;
  signal: AbortSignal;
  onProgress: (sentBytes: number) => void;
  /** Told before the first part goes up, with how much had arrived in an earlier attempt. */
  onBegin: (uploadId: UploadId, arrivedBytes: number) => void;
}

export interface UploadTools extends RetryTools {
  sendBody: SendBody;
  newKey: () => string;
  memory: UploadMemory;
}

/**
 * Which upload on the server a file of this machine belongs to, kept in the browser, so that choosing the same file again after a
 * reload goes on where it stopped. The same file means the same name, length and time of its last change; the server says what has
 * arrived. Losing this loses no more than a start from the beginning.
 */
import { z } from 'zod';
import { UploadId } from '#protocol/ids.ts';

export type FileIdentity = { name: string; size: number; lastModified: number };

export interface UploadMemory {
  find: (file: FileIdentity) => UploadId | null;
  keep: (file: FileIdentity, uploadId: UploadId) => void;
  forget: (uploadId: UploadId) => void;
  has: (uploadId: UploadId) => boolean;
}

const Entries = z.array(
  z.object({ name: z.string(), size: z.int(), last_modified: z.number(), upload_id: UploadId, kept_at: z.number() }),
);
type Entry = z.infer<typeof Entries>[number];

const STORAGE_KEY = 'deployx-uploads';
/** The server gives up an upload that is silent for a day; few go on for a week. */
const KEPT_MS = 7 * 24 * 3600 * 1000;
/** A person has far fewer under way; bounds what a browser keeps. */
const MAX_ENTRIES = 100;

const isOf =
  ({ name, size, lastModified }: FileIdentity) =>
  (entry: Entry) =>
    entry.name === name && entry.size === size && entry.last_modified === lastModified;

export class RememberedUploads implements UploadMemory {
  readonly #storage: () => Pick<Storage, 'getItem' | 'setItem'>;
  readonly #now: () => number;

  constructor(storage: () => Pick<Storage, 'getItem' | 'setItem'>, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  find(file: FileIdentity): UploadId | null {
    return this.#read().find(isOf(file))?.upload_id ?? null;
  }

  keep(file: FileIdentity, uploadId: UploadId): void {
    const { name, size, lastModified } = file;
    const entry = { name, size, last_modified: lastModified, upload_id: uploadId, kept_at: this.#now() };
    const others = this.#read().filter((other) => !isOf(file)(other));
    this.#write([...others, entry].slice(-MAX_ENTRIES));
  }

  forget(uploadId: UploadId): void {
    this.#write(this.#read().filter((entry) => entry.upload_id !== uploadId));
  }

  has(uploadId: UploadId): boolean {
    return this.#read().some((entry) => entry.upload_id === uploadId);
  }

  /** A browser may refuse its storage, and anything may be in it. */
  #read(): Entry[] {
    try {
      const entries = Entries.parse(JSON.parse(this.#storage().getItem(STORAGE_KEY) ?? '[]'));
      return entries.filter(({ kept_at }) => kept_at > this.#now() - KEPT_MS);
    } catch {
      return [];
    }
  }

  #write(entries: Entry[]): void {
    try {
      this.#storage().setItem(STORAGE_KEY, JSON.stringify(entries));
    } catch {
      // Then this upload starts from the beginning after a reload.
    }
  }
}

/**
 * The agent's copy of its host's log on disk, and beside it a small file that says which line is the last and where it ends.
 * Lines are synced first and noted then, so that no number is named whose line a crash could take (HLOG3). Whatever lies beyond
 * the noted end is of a write that was never noted: it is cut before the next one, because the server sends those lines
 * again. The lines themselves could not tell, since they carry no number and may well be equal. Used by `host-log.ts`, one
 * call at a time.
 */
import { open, readFile, rename, stat, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { HostId } from '#protocol/ids.ts';
import { errorCode, errorText, type Log } from '../log.ts';
import { PRIVATE_FILE_MODE, writeFileAtomically } from '../state/write-file.ts';
import { type HostLogEntry, type HostLogPlace, hostLogText, stepTo } from './host-log-text.ts';

/** Weeks of a host with schedules every minute; with the older file it stays below what any disk notices. */
const MAX_FILE_BYTES = 5 * 1024 * 1024;

const Noted = z.object({
  host_id: HostId.nullable(),
  seq: z.int().min(0),
  latest_ms: z.int().min(0),
  bytes: z.int().min(0),
});
type Noted = z.infer<typeof Noted>;

const NOTHING: Noted = { host_id: null, seq: 0, latest_ms: 0, bytes: 0 };

export type HostLogFileOptions = {
  path: string;
  statePath: string;
  log: Log;
  maxBytes?: number;
  /** Makes what was written durable. */
  sync?: (handle: { datasync: () => Promise<void> }) => Promise<void>;
};

export const olderLog = (path: string): string => `${path}.1`;

const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
};

/** Null when there is none that can be read. */
const readNoted = async (path: string, log: Log): Promise<Noted | null> => {
  try {
    return Noted.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') log('warn', 'host_log.state_unread', { file: path, error: errorText(error) });
    return null;
  }
};

export class HostLogFile {
  readonly #options: Required<HostLogFileOptions>;
  #noted: Noted | null;
  /** Something may lie beyond the noted end. */
  #unsure = true;

  private constructor(options: Required<HostLogFileOptions>, noted: Noted | null) {
    this.#options = options;
    this.#noted = noted;
  }

  static async open(options: HostLogFileOptions): Promise<HostLogFile> {
    const sync: NonNullable<HostLogFileOptions['sync']> = (handle) => handle.datasync();
    return new HostLogFile(
      { maxBytes: MAX_FILE_BYTES, sync, ...options },
      await readNoted(options.statePath, options.log),
    );
  }

  /** The last line that is on disk for certain. */
  get place(): HostLogPlace {
    const { host_id: hostId, seq, latest_ms: latestMs } = this.#noted ?? NOTHING;
    return { hostId, seq, latestMs };
  }

  /** Resolves when the lines are on disk and noted; rejects when the disk does not take them, and then they are not there. */
  async append(entries: readonly HostLogEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const bytes = Buffer.from(hostLogText(entries, this.place));
    const before = await this.#settle();
    if (before > 0 && before + bytes.length > this.#options.maxBytes) await this.#rotate();
    this.#unsure = true;
    const size = await this.#write(bytes);
    await this.#note(
      entries.reduce((place, entry) => stepTo(entry, place), this.place),
      size,
    );
    this.#unsure = false;
  }

  /** Cuts what was never noted, and answers with the size. The note never points beyond a file that was put aside. */
  async #settle(): Promise<number> {
    const { path } = this.#options;
    const size = await sizeOf(path);
    const end = this.#unsure ? Math.min(size, this.#noted?.bytes ?? size) : size;
    if (end < size) await truncate(path, end);
    if (this.#noted === null || this.#noted.bytes > end) await this.#note(this.place, end);
    return end;
  }

  async #rotate(): Promise<void> {
    await rename(this.#options.path, olderLog(this.#options.path));
    await this.#settle();
  }

  /** Opened for each write, so that whoever puts the file aside finds the next lines in a new one. */
  async #write(bytes: Buffer): Promise<number> {
    const handle = await open(this.#options.path, 'a', PRIVATE_FILE_MODE);
    try {
      await handle.appendFile(bytes);
      await this.#options.sync(handle);
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  }

  async #note({ hostId, seq, latestMs }: HostLogPlace, bytes: number): Promise<void> {
    const noted: Noted = { host_id: hostId, seq, latest_ms: latestMs, bytes };
    await writeFileAtomically(this.#options.statePath, `${JSON.stringify(noted)}\n`);
    this.#noted = noted;
  }
}

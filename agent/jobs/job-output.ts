/** Takes a job's output, bounds it (LOG6), and hands it to the spool in batches. */
import type { LogPiece, LogStream } from '#protocol/agent/to-server.ts';
import { errorText, type Log } from '../log.ts';
import type { CutCount } from './cut-count.ts';
import { startOfText, withoutTornEscape } from './cut-text.ts';
import type { Spool } from './spool.ts';

/** A person sees output at once, and a noisy job still costs fifty frames a second at most. */
const BATCH_MS = 20;
/** A full frame does not wait for the rest of the batch. */
const BATCH_BYTES = 64 * 1024;

export class JobOutput {
  readonly #spool: Spool;
  readonly #maxBytes: number;
  readonly #written: () => void;
  readonly #log: Log;
  readonly #cut: CutCount;
  #batch: LogPiece[] = [];
  #batchBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  #state: 'open' | 'cut' | 'failed' | 'closed' = 'open';

  /** `written` is called when there is more in the spool. */
  constructor(spool: Spool, maxBytes: number, cut: CutCount, written: () => void, log: Log) {
    this.#spool = spool;
    this.#maxBytes = maxBytes;
    this.#written = written;
    this.#log = log;
    this.#cut = cut;
    if (cut.bytes > 0) this.#state = 'cut';
  }

  write(stream: LogStream, text: string): void {
    if (this.#state === 'cut') this.#cut.add(Buffer.byteLength(text));
    if (text === '' || this.#state !== 'open') return;
    const used = this.#spool.end.offset - this.#spool.start.offset + this.#batchBytes;
    const part = startOfText(text, Math.max(0, this.#maxBytes - used));
    if (part.length === text.length) this.#add(stream, part);
    else this.#cutAfter(stream, withoutTornEscape(part), text);
    if (this.#batchBytes >= BATCH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  /** A line of the agent's own, kept whatever the bound says. */
  note(line: string): void {
    if (this.#state === 'closed') return;
    this.#add('system', `${line}\n`);
    this.#flush();
  }

  /** The last output is in the spool; whatever a process still writes is not part of the log. */
  close(): void {
    const { bytes, isLowerBound } = this.#cut;
    if (bytes > 0) this.#add('system', `${isLowerBound ? 'At least ' : ''}${bytes} bytes of output were left out\n`);
    this.#flush();
    // Only when the log says it: an agent that is ended before this says it once it is back.
    if (bytes > 0) this.#cut.remove();
    if (this.#state !== 'failed') this.#state = 'closed';
  }

  /** Says at once that the rest is missing; how much it was is known at the end. */
  #cutAfter(stream: LogStream, part: string, text: string): void {
    this.#state = 'cut';
    this.#cut.add(Buffer.byteLength(text) - Buffer.byteLength(part));
    this.#add(stream, part);
    this.#add('system', `Output above ${this.#maxBytes} bytes is left out (max_output_bytes in this host's policy)\n`);
  }

  /** False when the disk did not take some of it. */
  get whole(): boolean {
    return this.#state !== 'failed';
  }

  #add(stream: LogStream, text: string): void {
    if (text === '') return;
    const last = this.#batch.at(-1);
    if (last?.stream === stream) last.text += text;
    else this.#batch.push({ stream, text });
    this.#batchBytes += Buffer.byteLength(text);
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    try {
      this.#spool.append(batch);
    } catch (error) {
      if (this.#state !== 'failed') this.#log('error', 'spool.write_failed', { error: errorText(error) });
      this.#state = 'failed';
      return;
    }
    this.#written();
  }
}

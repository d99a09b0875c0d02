/**
 * The host's log as the server sends it (rules HLOG1 to HLOG6): which lines are new, shown on the console when they come and
 * written to the file one batch after the other. Invariants: nothing here throws or waits on behalf of jobs, and what is kept in
 * memory is bounded. Called by `agent.ts`, which passes on what the connection brings.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostLogLine } from '#protocol/agent/to-agent.ts';
import type { HostId } from '#protocol/ids.ts';
import { errorText, type Log } from '../log.ts';
import type { HostLogFile } from './host-log-file.ts';
import { type HostLogEntry, type HostLogPlace, hostLogText, placeFor, stepTo } from './host-log-text.ts';

/**
 * As many as a server sends at once fit: the list at a start, of 200 schedules, has 1,209 lines. Lines are a hundred bytes; at
 * their longest these are six megabytes.
 */
const MAX_WAITING_LINES = 2000;
/** A write takes milliseconds; lines that a disk does not take in this time are sent again after the next start. */
const CLOSE_TIMEOUT_MS = 1000;

export type HostLogDependencies = {
  file: Pick<HostLogFile, 'append' | 'place'>;
  /** Puts lines on the console. */
  show: (text: string) => void;
  log: Log;
};

export class HostLog {
  readonly #deps: HostLogDependencies;
  /** The last line that came, on disk or on its way there. */
  #taken: HostLogPlace;
  #hostId: HostId | null = null;
  #waiting: HostLogEntry[] = [];
  #writing: Promise<void> | null = null;
  #failing = false;

  constructor(deps: HostLogDependencies) {
    this.#deps = deps;
    this.#taken = deps.file.place;
  }

  /** For `hello` (HLOG1). */
  seqFor(hostId: HostId): number {
    return placeFor(hostId, this.#deps.file.place).seq;
  }

  connected(hostId: HostId): void {
    this.#hostId = hostId;
    this.#writeSoon();
  }

  disconnected(): void {
    this.#hostId = null;
  }

  message(lines: readonly HostLogLine[]): void {
    if (this.#hostId === null) return;
    const before = this.#taken;
    const entries: HostLogEntry[] = [];
    for (const line of lines) {
      if (!this.#isNew(line, this.#hostId)) continue;
      const entry = { hostId: this.#hostId, line };
      entries.push(entry);
      this.#taken = stepTo(entry, this.#taken);
    }
    if (entries.length === 0) return;
    this.#deps.show(hostLogText(entries, before));
    this.#waiting = [...this.#waiting, ...entries].slice(-MAX_WAITING_LINES);
    this.#writeSoon();
  }

  /** Awaits the write that is under way. */
  async close(): Promise<void> {
    if (this.#writing !== null) await Promise.race([this.#writing, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  /** HLOG3, and HLOG5: what was taken before is not later than everything that was taken before. */
  #isNew({ seq, at }: HostLogLine, hostId: HostId): boolean {
    const taken = placeFor(hostId, this.#taken);
    if (seq > taken.seq) return true;
    if (Date.parse(at) <= taken.latestMs) return false;
    this.#deps.log('warn', 'host_log.began_anew', { seq, after: taken.seq });
    return true;
  }

  #writeSoon(): void {
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#deps.file.append(batch);
        this.#failing = false;
      } catch (error) {
        this.#failed(batch, error);
        break;
      }
    }
    this.#writing = null;
  }

  /** HLOG6. Said once, until lines can be written again. */
  #failed(batch: readonly HostLogEntry[], error: unknown): void {
    this.#waiting = [...batch, ...this.#waiting].slice(-MAX_WAITING_LINES);
    if (!this.#failing) this.#deps.log('warn', 'host_log.not_written', { error: errorText(error) });
    this.#failing = true;
  }
}

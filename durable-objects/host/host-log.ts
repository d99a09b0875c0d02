/**
 * The host's log as people read it: one line an event, kept here, and copied to the agent as it grows. A line is written in the
 * transaction of what it tells; the agent says in `hello` how far its copy goes (HLOG rules of the protocol).
 */
import { z } from 'zod';
import type { HostLogEntry } from '#domain/host/host-log.ts';
import { HostLogLine } from '#protocol/agent/to-agent.ts';
import { Cell } from '../cell.ts';
import type { AgentLink } from './agent-link.ts';

/** Some weeks of a schedule that fires every quarter of an hour. */
const LINES_KEPT = 5000;
const TRIM_EVERY = 100;

/** What an agent that was away gets of what it missed: enough to see what happened last; all of it is in the API. */
const LINES_RESENT = 100;

const Row = z.object({ seq: z.number(), at: z.number(), level: z.string(), text: z.string() });

export class HostLog {
  readonly #sql: SqlStorage;
  readonly #link: AgentLink;
  /** Whether the agent of the current connection takes lines. */
  readonly #isWanted: Cell<boolean>;
  #untold: HostLogLine[] = [];

  constructor(storage: DurableObjectStorage, link: AgentLink) {
    this.#sql = storage.sql;
    this.#link = link;
    this.#isWanted = new Cell(storage, 'host_log_wanted', z.boolean(), false);
  }

  /** Part of the transaction that is under way. */
  append(entries: readonly HostLogEntry[], now: number): void {
    for (const { level, text } of entries) {
      const line = lineOf(
        this.#sql
          .exec(
            'INSERT INTO host_log (at, level, text) VALUES (?, ?, ?) RETURNING seq, at, level, text',
            now,
            level,
            text,
          )
          .one(),
      );
      if (line.seq % TRIM_EVERY === 0) this.#sql.exec('DELETE FROM host_log WHERE seq <= ?', line.seq - LINES_KEPT);
      this.#untold.push(line);
    }
  }

  /** The transaction failed: what it wrote is not there. */
  forgetCopies(): void {
    this.#untold = [];
    this.#isWanted.forget();
  }

  /** Sends what was committed. */
  tell(socket: WebSocket | null): void {
    if (this.#untold.length === 0) return;
    const lines = this.#untold;
    this.#untold = [];
    if (this.#isWanted.get()) this.#send(socket, lines);
  }

  /** A new connection: `written` is the last line that the agent has; undefined when it takes none. */
  resume(socket: WebSocket, written: number | undefined): void {
    if (this.#isWanted.get() !== (written !== undefined)) this.#isWanted.set(written !== undefined);
    if (written === undefined) return;
    const lines = this.last(LINES_RESENT);
    // A log that ends before what the agent has was begun anew (HLOG2).
    const known = written > (lines.at(-1)?.seq ?? 0) ? 0 : written;
    this.#send(
      socket,
      lines.filter(({ seq }) => seq > known),
    );
  }

  #send(socket: WebSocket | null, lines: HostLogLine[]): void {
    for (let from = 0; from < lines.length; from += LINES_RESENT)
      this.#link.send(socket, { type: 'host.log', lines: lines.slice(from, from + LINES_RESENT) });
  }

  /** The latest lines, oldest first. */
  last(limit: number): HostLogLine[] {
    return this.#sql.exec('SELECT * FROM host_log ORDER BY seq DESC LIMIT ?', limit).toArray().map(lineOf).toReversed();
  }
}

const lineOf = (row: Record<string, SqlStorageValue>): HostLogLine => {
  const { at, ...rest } = Row.parse(row);
  return HostLogLine.parse({ ...rest, at: new Date(at).toISOString() });
};

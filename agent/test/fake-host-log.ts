import type { HostLogLine } from '#protocol/agent/to-agent.ts';

/** As many go into one frame. */
const FRAME_LINES = 100;

/** A host's log as the server keeps it (HLOG2). */
export class FakeHostLog {
  lines: HostLogLine[] = [];
  /** More than the latest of them are not sent to an agent that connects. */
  maxSent = 300;

  readonly #begins: number;

  constructor(begins = '2026-11-28T14:10:00.000Z') {
    this.#begins = Date.parse(begins);
  }

  add(text: string): HostLogLine {
    const seq = (this.lines.at(-1)?.seq ?? 0) + 1;
    const line: HostLogLine = { seq, at: new Date(this.#begins + seq).toISOString(), level: 'info', text };
    this.lines.push(line);
    return line;
  }

  framesAfter(seq: number): HostLogLine[][] {
    const after = seq > (this.lines.at(-1)?.seq ?? 0) ? 0 : seq;
    const missed = this.lines.filter((line) => line.seq > after).slice(-this.maxSent);
    const frames: HostLogLine[][] = [];
    for (let from = 0; from < missed.length; from += FRAME_LINES) frames.push(missed.slice(from, from + FRAME_LINES));
    return frames;
  }
}

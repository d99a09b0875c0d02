/** Speed over the last seconds, so that the remaining time follows the line as it is now and does not jump with every packet. */
interface Sample {
  at: number;
  bytes: number;
}

/** Long enough to even out parts that end together, short enough to notice a line that breaks down. */
const WINDOW_MS = 8000;

/** Less than this says nothing yet. */
const SETTLE_MS = 800;

export class SpeedMeter {
  #samples: Sample[] = [];

  record(at: number, bytes: number): void {
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? at) <= at - WINDOW_MS) this.#samples.shift();
  }

  /** Null while there is too little to tell. A retried part can take bytes back; speed is never below zero. */
  bytesPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < SETTLE_MS) return null;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }

  remainingSeconds(total: number): number | null {
    const speed = this.bytesPerSecond();
    const sent = this.#samples.at(-1)?.bytes ?? 0;
    return speed === null || speed === 0 ? null : Math.max(0, total - sent) / speed;
  }
}

/** The wall clock of a whole system, as a person or a time server sets it: `shifted-clock.c`, compiled and loaded into every process. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, 'shifted-clock.c');
const BYTES = 8;

const compilerRuns = (): boolean => spawnSync('cc', ['--version'], { stdio: 'ignore' }).status === 0;

export class ServerClock {
  readonly #file: string;
  readonly #library: string;
  #shiftMs = 0;

  /** Builds what it needs in a folder of its own. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#file = join(directory, 'shift');
    this.#library = join(directory, 'shifted-clock.so');
    const { status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', this.#library, SOURCE]);
    if (status !== 0) throw new Error(`cc ended with ${status}: ${stderr}`);
    this.shift(0);
  }

  /** Null when there is one here; otherwise why not. */
  static unavailable(): string | null {
    if (process.platform !== 'linux') return 'the clock of a process is shifted on Linux alone';
    if (!existsSync('/usr/include/time.h') || !compilerRuns()) return 'there is no C compiler, or no headers for it';
    return null;
  }

  /** For the processes whose clock it is. */
  get env(): Record<string, string> {
    return { LD_PRELOAD: this.#library, DEPLOYX_TEST_CLOCK_FILE: this.#file };
  }

  now(): number {
    return Date.now() + this.#shiftMs;
  }

  /** At once, in all of them. Written in place: they have the file mapped. */
  shift(byMs: number): void {
    const bytes = Buffer.alloc(BYTES);
    bytes.writeBigInt64LE(BigInt(Math.round(byMs)));
    const file = openSync(this.#file, existsSync(this.#file) ? 'r+' : 'w');
    writeSync(file, bytes, 0, BYTES, 0);
    closeSync(file);
    this.#shiftMs = Math.round(byMs);
  }
}

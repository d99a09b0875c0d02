/** A file system of a few megabytes that can be filled up and freed again. Needs root, and the right to mount. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** More than the 64 MiB that an agent leaves free when it downloads, and full at once. */
const SIZE = '96m';
const BLOCK = Buffer.alloc(1024 * 1024);
/** What is left free after big blocks fit no more is filled by small ones. */
const SMALL_BLOCK = Buffer.alloc(512);

const mounted = (directory: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', directory], { stdio: 'ignore' }).status === 0;

const unmounted = (directory: string): boolean =>
  spawnSync('umount', ['--lazy', directory], { stdio: 'ignore' }).status === 0;

export class SmallDisk {
  readonly #directory: string;
  readonly #filler: string;
  readonly #unmountOnExit = (): void => void unmounted(this.#directory);

  private constructor(directory: string) {
    this.#directory = directory;
    this.#filler = join(directory, 'filler');
  }

  /** Null when this is not possible here; otherwise why not. */
  static unavailable(): string | null {
    if (process.platform !== 'linux') return 'a small file system is made on Linux alone';
    if (process.getuid?.() !== 0) return 'only root may mount a small file system';
    const probe = mkdtempSync(join(tmpdir(), 'deployx-disk-'));
    const possible = mounted(probe);
    if (possible) unmounted(probe);
    rmdirSync(probe);
    return possible ? null : 'this machine lets nobody mount a file system';
  }

  static mount(directory: string): SmallDisk {
    if (!mounted(directory)) throw new Error(`cannot mount a small file system at ${directory}`);
    const disk = new SmallDisk(directory);
    // A run that fails leaves no file system behind.
    process.once('exit', disk.#unmountOnExit);
    return disk;
  }

  fill(): void {
    const file = openSync(this.#filler, 'w');
    for (const block of [BLOCK, SMALL_BLOCK]) while (wrote(file, block));
    closeSync(file);
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    process.off('exit', this.#unmountOnExit);
    unmounted(this.#directory);
  }
}

const wrote = (file: number, block: Buffer): boolean => {
  try {
    return writeSync(file, block) > 0;
  } catch {
    return false;
  }
};

/** A pool of download clients, each a process, one order at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DownloaderReport, type DownloadOrder } from './downloader-messages.ts';

export class Downloaders {
  readonly #idle: ChildProcess[] = [];
  readonly #all: ChildProcess[] = [];
  readonly #directories: string[] = [];

  async open(count: number): Promise<void> {
    const missing = Math.max(0, count - this.#all.length);
    await Promise.all(Array.from({ length: missing }, () => this.#add()));
  }

  async #add(): Promise<void> {
    const directory = await mkdtemp(join(tmpdir(), 'deployx-bench-download-'));
    this.#directories.push(directory);
    const child = fork(join(import.meta.dirname, 'downloader.ts'), [directory]);
    this.#all.push(child);
    await reportOf(child);
    this.#idle.push(child);
  }

  /** Null, or what went wrong. */
  async order(order: DownloadOrder): Promise<string | null> {
    const child = this.#idle.pop();
    if (child === undefined) return 'no download client is free';
    const done = reportOf(child);
    child.send(order);
    const error = await done;
    this.#idle.push(child);
    return error;
  }

  async close(): Promise<void> {
    for (const child of this.#all) child.kill('SIGKILL');
    await Promise.all(this.#directories.map((directory) => rm(directory, { recursive: true, force: true })));
  }
}

const reportOf = (child: ChildProcess): Promise<string | null> =>
  new Promise((resolve) => {
    const onExit = (): void => resolve('a download client ended');
    child.once('exit', onExit);
    child.once('message', (raw) => {
      child.off('exit', onExit);
      resolve(DownloaderReport.parse(raw).error);
    });
  });

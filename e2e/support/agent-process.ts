/** A real agent, the bundle that is shipped, as a process that can be killed and started again. */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { spawnTied, stopProcess } from '#standalone/tied-process.ts';

const BUNDLE = join(import.meta.dirname, '../../dist/agent.mjs');
const STOP_WITHIN_MS = 10_000;
const AgentFile = z.looseObject({});

export type AgentPlaces = {
  /** In the state directory unless given: one that fills up is no place for it. */
  logFile?: string;
  /** Where the agent itself runs; `/proc/self/cwd` leads each of several agents on one machine to its own. */
  workingDirectory?: string;
};

export class AgentProcess {
  readonly directory: string;
  readonly #logFile: string;
  readonly #workingDirectory: string;
  #child: ChildProcess | null = null;

  constructor(directory: string, { logFile, workingDirectory }: AgentPlaces = {}) {
    this.directory = directory;
    this.#logFile = logFile ?? join(directory, 'stderr.log');
    this.#workingDirectory = workingDirectory ?? process.cwd();
    mkdirSync(directory, { recursive: true });
    mkdirSync(this.#workingDirectory, { recursive: true });
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async enroll(server: string, token: string, name: string): Promise<void> {
    const args = [
      BUNDLE,
      'enroll',
      '--server',
      server,
      '--token',
      token,
      '--name',
      name,
      '--state-dir',
      this.directory,
    ];
    const { status, stderr, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });
    if (status !== 0) throw new Error(`enroll ended with ${status}: ${stdout}${stderr}`);
  }

  /** Changes `agent.json` as its owner does with an editor. */
  configure(changes: Record<string, unknown>): void {
    const file = join(this.directory, 'agent.json');
    const before = AgentFile.parse(JSON.parse(readFileSync(file, 'utf8')));
    writeFileSync(file, JSON.stringify({ ...before, ...changes }, null, 2));
  }

  run(env: Readonly<Record<string, string>> = {}): void {
    const run = [process.execPath, BUNDLE, 'run', '--state-dir', this.directory];
    const child = spawnTied({ command: 'env', args: ['-C', this.#workingDirectory, ...run], env });
    const log = createWriteStream(this.#logFile, { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    this.#child = child;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it without a word, as a power cut does. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child !== null) await stopProcess(child, STOP_WITHIN_MS);
  }
}

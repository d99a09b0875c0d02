/** A real agent behind a bad line, with a clock and a disk of its own, kept running as a service manager does. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AgentProcess } from '../support/agent-process.ts';
import { FaultProxy } from './fault-proxy.ts';
import { SmallDisk } from './small-disk.ts';
import type { Effect } from './snapshot.ts';

/** A service manager restarts what ended after a moment. */
const RESTART_AFTER_MS = 250;

const CLOCK = pathToFileURL(join(import.meta.dirname, 'shifted-clock.ts')).href;

/** The device that the load of deployments leaves to schedules. */
export const SCHEDULED_KEY = 'box';

export type AgentOptions = { index: number; directory: string; upstream: number; smallDisk: boolean };

export class ChaosAgent {
  readonly index: number;
  readonly name: string;
  readonly proxy: FaultProxy;
  readonly disk: SmallDisk | null;
  readonly #process: AgentProcess;
  readonly #effects: string;
  readonly #clock: string;
  #wanted = false;
  #keeper: NodeJS.Timeout | null = null;

  private constructor({ index, directory, smallDisk }: AgentOptions, proxy: FaultProxy) {
    this.index = index;
    this.name = `chaos-agent-${index}`;
    this.proxy = proxy;
    const own = join(directory, this.name);
    const state = join(own, 'state');
    mkdirSync(state, { recursive: true });
    this.disk = smallDisk ? SmallDisk.mount(state) : null;
    this.#process = new AgentProcess(state, { logFile: join(own, 'agent.log') });
    this.#effects = join(own, 'effects');
    this.#clock = join(own, 'clock');
    appendFileSync(this.#effects, '');
  }

  static async make(options: AgentOptions): Promise<ChaosAgent> {
    return new ChaosAgent(options, await FaultProxy.open(options.upstream));
  }

  /** The devices beside the machine itself: jobs on different ones run side by side. */
  get attached(): { key: string; name: string; kind: string }[] {
    return [
      { key: 'phone', name: `Phone of ${this.name}`, kind: 'phone' },
      { key: SCHEDULED_KEY, name: `Box of ${this.name}`, kind: 'set_top_box' },
    ];
  }

  /** Straight to the server, which the agent then reaches by the proxy alone. */
  async enroll(server: string, token: string): Promise<void> {
    await this.#process.enroll(server, token, this.name);
    this.#process.configure({
      server: this.proxy.url,
      devices: this.attached,
      policy: { env: { EFFECTS: this.#effects } },
    });
  }

  start(): void {
    this.#wanted = true;
    this.#run();
    this.#keeper ??= setInterval(() => {
      if (this.#wanted && !this.#process.running) this.#run();
    }, RESTART_AFTER_MS);
  }

  async kill(): Promise<void> {
    this.#wanted = false;
    await this.#process.kill();
  }

  shiftClock(byMs: number): void {
    writeFileSync(this.#clock, `${byMs}`);
  }

  async close(): Promise<void> {
    this.#wanted = false;
    if (this.#keeper !== null) clearInterval(this.#keeper);
    await this.#process.stop();
    this.proxy.close();
    this.disk?.unmount();
  }

  effects(): Effect[] {
    return readFileSync(this.#effects, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => parseEffect(this.index, line));
  }

  /** Output that the server has not acknowledged. */
  spooled(): string[] {
    const folder = join(this.#process.directory, 'spool');
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  }

  #run(): void {
    this.#process.run({ NODE_OPTIONS: `--import=${CLOCK}`, DEPLOYX_TEST_CLOCK_FILE: this.#clock });
  }
}

const parseEffect = (agent: number, line: string): Effect => {
  const [event, targetId, attempt] = line.split(' ');
  if ((event !== 'begin' && event !== 'end') || targetId === undefined || !(Number(attempt) >= 1))
    throw new Error(`agent ${agent} noted what no job writes: ${line}`);
  return { agent, event, targetId, attempt: Number(attempt) };
};

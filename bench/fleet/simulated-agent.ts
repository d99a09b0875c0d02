/**
 * An agent without a machine: the real connection (proof, hello, heartbeat, reconnect), and jobs that are only pretended. It
 * keeps to the protocol's rules for jobs and output, but its journal is in memory, so it stands for the server's side of a
 * deployment and not for the agent's.
 */
import type { KeyObject } from 'node:crypto';
import { type Connection, createConnection } from '#agent/connection/connection.ts';
import type { Link } from '#agent/connection/link.ts';
import { createServerClock } from '#agent/connection/server-clock.ts';
import { makeProof } from '#agent/credentials/proof.ts';
import { PROTOCOL_MAX, PROTOCOL_MIN } from '#protocol/agent/connection.ts';
import type { Job } from '#protocol/agent/job.ts';
import type { ToAgent } from '#protocol/agent/to-agent.ts';
import type { Hello, HostInfo, JobResult } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import type { HostId, TargetId } from '#protocol/ids.ts';
import { now, wallNow } from '../measure.ts';
import type { JobTimes } from './fleet-messages.ts';

const OUTPUT = 'done\n';

export const simulatedInfo = (name: string): HostInfo => ({
  hostname: name,
  os: 'linux',
  platform: 'Simulated Linux 12',
  arch: 'x64',
  cpus: 2,
  memory_bytes: 2 ** 31,
});

export type SimulatedAgentOptions = {
  server: string;
  hostId: HostId;
  name: string;
  privateKey: KeyObject;
  /** Brings a stored file to this machine; resolves with an error's text or null. */
  download: (job: Job, agent: { hostId: HostId; privateKey: KeyObject; server: string }) => Promise<string | null>;
  onWelcome: () => void;
  onFinished: (times: JobTimes) => void;
  onRefusedFrame: () => void;
};

type Running = { job: Job; offeredAt: number; offeredAtWall: number; result: JobResult | null };

/** A command `hold MS` keeps its device for so long; every other one is done at once. */
const holdMs = (job: Job): number =>
  job.action.kind === 'command' ? Number(/^hold (\d{1,6})$/.exec(job.action.command)?.[1] ?? 0) : 0;

const resultOf = (job: Job, outcome: 'completed' | 'canceled', error: string | null): JobResult => ({
  type: 'job.result',
  target_id: job.target_id,
  attempt: job.attempt,
  outcome: error === null ? outcome : 'failed',
  reason: error === null ? (outcome === 'completed' ? 'ok' : 'canceled') : 'download_failed',
  exit_code: outcome === 'completed' && error === null ? 0 : null,
  message: error ?? 'simulated',
  details: null,
  undo: null,
  log_end: job.log_offset + OUTPUT.length,
});

export class SimulatedAgent {
  readonly #options: SimulatedAgentOptions;
  readonly #connection: Connection;
  readonly #jobs = new Map<TargetId, Running>();
  #link: Link | null = null;

  constructor(options: SimulatedAgentOptions) {
    this.#options = options;
    const clock = createServerClock(Date.now);
    this.#connection = createConnection({
      server: () => ({ url: options.server, hostId: options.hostId }),
      proof: (hostId) => makeProof(hostId, options.privateKey, clock.now()),
      clock,
      hello: () => this.#hello(),
      random: Math.random,
      now: Date.now,
      log: (_level, event) => {
        if (event === 'frame.refused') options.onRefusedFrame();
      },
      connected: (link) => this.#connected(link),
      message: (message) => this.#take(message),
      drained: () => {},
      disconnected: () => {
        this.#link = null;
      },
    });
  }

  run(): Promise<string> {
    return this.#connection.run();
  }

  #hello(): Hello {
    return {
      type: 'hello',
      protocol: { min: PROTOCOL_MIN, max: PROTOCOL_MAX },
      agent_version: '0.0.0-simulated',
      info: simulatedInfo(this.#options.name),
      devices: [],
      capabilities: { actions: ['command', 'files'], shells: ['sh'], interpreters: [], package_types: [] },
      jobs: [...this.#jobs.values()].map(({ job, result }) => ({
        target_id: job.target_id,
        attempt: job.attempt,
        state: result === null ? 'started' : 'finished',
      })),
    };
  }

  #connected(link: Link): void {
    this.#link = link;
    this.#options.onWelcome();
    for (const running of this.#jobs.values()) if (running.result !== null) this.#report(running, running.result);
  }

  #take(message: Exclude<ToAgent, { type: 'welcome' | 'state.request' }>): void {
    switch (message.type) {
      case 'job.offer':
        this.#offered(message.job);
        return;
      case 'job.cancel':
        this.#canceled(message.target_id);
        return;
      case 'result.ack':
        this.#jobs.delete(message.target_id);
        return;
      case 'log.ack':
      case 'host.log':
        return;
      default:
        assertNever(message);
    }
  }

  #offered(job: Job): void {
    const offeredAt = now();
    const offeredAtWall = wallNow();
    const known = this.#jobs.get(job.target_id);
    const { target_id, attempt } = job;
    this.#link?.send({ type: 'job.accepted', target_id, attempt });
    if (known?.job.attempt === attempt) {
      if (known.result !== null) this.#report(known, known.result);
      return;
    }
    const running: Running = { job, offeredAt, offeredAtWall, result: null };
    this.#jobs.set(target_id, running);
    if (job.action.kind === 'files') void this.#download(running);
    else this.#work(running);
  }

  #work(running: Running): void {
    this.#progress(running.job, 'running');
    const ms = holdMs(running.job);
    if (ms === 0) this.#finish(running, resultOf(running.job, 'completed', null));
    else setTimeout(() => this.#finish(running, resultOf(running.job, 'completed', null)), ms);
  }

  async #download(running: Running): Promise<void> {
    this.#progress(running.job, 'downloading');
    const { hostId, privateKey, server } = this.#options;
    const error = await this.#options.download(running.job, { hostId, privateKey, server });
    this.#finish(running, resultOf(running.job, 'completed', error));
  }

  #progress({ target_id, attempt }: Job, status: 'running' | 'downloading'): void {
    this.#link?.send({ type: 'job.progress', target_id, attempt, status, percent: null, message: null });
  }

  #canceled(targetId: TargetId): void {
    const running = this.#jobs.get(targetId);
    if (running !== undefined) this.#finish(running, resultOf(running.job, 'canceled', null));
  }

  /** The first end wins: a canceled job's own end comes too late. */
  #finish(running: Running, result: JobResult): void {
    if (running.result !== null) return;
    running.result = result;
    this.#report(running, result);
    this.#options.onFinished({
      host_id: this.#options.hostId,
      deployment_id: running.job.deployment_id,
      command: running.job.action.kind === 'command' ? running.job.action.command : null,
      offered_at: running.offeredAt,
      offered_at_wall: running.offeredAtWall,
      result_sent_at: now(),
    });
  }

  /** LOG7: all output goes before the result, on the same connection; the server takes what it does not have yet. */
  #report({ job }: Running, result: JobResult): void {
    const { target_id, log_offset: offset } = job;
    this.#link?.send({ type: 'job.log', target_id, offset, pieces: [{ stream: 'stdout', text: OUTPUT }] });
    this.#link?.send(result);
  }
}

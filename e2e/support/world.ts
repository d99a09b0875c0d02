/**
 * The whole product for a test: the system as `npm start` runs it, real agents as processes of their own, and the API as a
 * client of it calls it. Everything lives in a scratch folder and ends with the test.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { z } from 'zod';
import { CreatedDeployment, Progress } from '#protocol/http/deployments.ts';
import { CreatedEnrollmentToken, Device, Host } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { DeploymentId } from '#protocol/ids.ts';
import type { SpecInput } from '#protocol/spec.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import { type System, startSystem } from '#test-support/whole-system/system.ts';
import { type AgentPlaces, AgentProcess } from './agent-process.ts';

/** Longer than any deployment of these tests takes on a busy machine, a restart of the system included. */
const END_WITHIN_MS = 90_000;

export type Enrolled = { agent: AgentProcess; host: z.infer<typeof Host>; device: z.infer<typeof Device> };

export class World {
  readonly directory: string;
  readonly system: System;
  readonly #agents: AgentProcess[] = [];

  private constructor(directory: string, system: System) {
    this.directory = directory;
    this.system = system;
  }

  /** `env` is for every process of the system. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<World> {
    const directory = mkdtempSync(join(tmpdir(), 'deployx-e2e-'));
    return new World(directory, await startSystem(directory, null, env));
  }

  async stop(): Promise<void> {
    for (const agent of this.#agents) await agent.stop();
    await this.system.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** A call as any client makes it; the answer is not judged. */
  async call(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.system.url}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.system.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async read<Value>(path: string, schema: z.ZodType<Value>): Promise<Value> {
    const response = await this.call('GET', path);
    expect(response.status, `GET ${path}`).toBe(200);
    return schema.parse(await response.json());
  }

  async post<Value>(path: string, body: unknown, schema: z.ZodType<Value>): Promise<Value> {
    const response = await this.call('POST', path, body);
    const text = await response.text();
    expect(response.ok, `POST ${path} answered ${response.status}: ${text}`).toBe(true);
    return schema.parse(JSON.parse(text));
  }

  /** Enrolls a new agent by the command that a person types, runs it, and waits until it is online. */
  async enroll(name: string, agentFile: Record<string, unknown> = {}, places: AgentPlaces = {}): Promise<Enrolled> {
    const { token } = await this.post('/enrollment-tokens', { name }, CreatedEnrollmentToken);
    const agent = new AgentProcess(join(this.directory, name), places);
    this.#agents.push(agent);
    await agent.enroll(this.system.url, token, name);
    agent.configure(agentFile);
    agent.run();
    const host = await this.untilHost(name, (one) => one.status === 'online');
    const device = host.devices.find((one) => one.key === 'self');
    if (device === undefined) throw new Error('a host has itself as a device');
    return { agent, host, device };
  }

  async untilHost(
    name: string,
    condition: (host: z.infer<typeof Host>) => boolean,
    withinMs = 20_000,
  ): Promise<z.infer<typeof Host>> {
    return vi.waitFor(
      async () => {
        const host = (await this.read(`/hosts?q=${name}`, pageOf(Host))).items.find((one) => one.name === name);
        if (host === undefined || !condition(host)) throw new Error(`${name} is ${host?.status ?? 'not there'}`);
        return host;
      },
      { timeout: withinMs, interval: 50 },
    );
  }

  async deploy(spec: SpecInput): Promise<DeploymentId> {
    return (await this.post('/deployments', spec, CreatedDeployment)).deployment_id;
  }

  progress(id: DeploymentId): Promise<Progress> {
    return this.read(`/deployments/${id}/progress`, Progress);
  }

  /** Waits for the end, also while the system is away for a moment. */
  async untilEnded(id: DeploymentId): Promise<Progress> {
    return vi.waitFor(
      async () => {
        const progress = await this.progress(id);
        if (!isFinalDeployment(progress.status)) throw new Error(`${id} is ${progress.status}`);
        return progress;
      },
      { timeout: END_WITHIN_MS, interval: 100 },
    );
  }

  async run(spec: SpecInput): Promise<Progress> {
    return this.untilEnded(await this.deploy(spec));
  }

  /** The one target of a deployment. */
  target(progress: Progress): Progress['targets'][number] {
    const [target] = progress.targets;
    if (target === undefined || progress.targets.length !== 1) throw new Error('one target');
    return target;
  }

  async log(id: DeploymentId, targetId: string): Promise<string> {
    return (await this.call('GET', `/deployments/${id}/targets/${targetId}/log`)).text();
  }

  device(id: string): Promise<z.infer<typeof Device>> {
    return this.read(`/devices/${id}`, Device);
  }
}

/**
 * Further real agents beside the machine's own, for what takes several, and the API as a client of it calls it. They are gone,
 * and their hosts with them, when the tests of a file have ended: the others count on one machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type APIRequestContext, expect, request } from '@playwright/test';
import type { z } from 'zod';
import { LoginResponse } from '#protocol/http/auth.ts';
import { CreatedDeployment, Progress } from '#protocol/http/deployments.ts';
import { File as StoredFile } from '#protocol/http/files.ts';
import { CreatedEnrollmentToken, Host } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { SpecInput } from '#protocol/spec.ts';
import { isFinalDeployment } from '#protocol/states.ts';
import { AgentProcess } from '../support/agent-process.ts';
import { ADMIN, BASE_URL } from './system.ts';

/** Longer than any deployment of these tests takes on a busy machine. */
const WITHIN = { timeout: 30_000, intervals: [100] };

export class Api {
  readonly #context: APIRequestContext;

  private constructor(context: APIRequestContext) {
    this.#context = context;
  }

  static async signIn(): Promise<Api> {
    const guest = await request.newContext({ baseURL: BASE_URL });
    const { token } = LoginResponse.parse(await (await guest.post('/api/auth/login', { data: ADMIN })).json());
    await guest.dispose();
    const extraHTTPHeaders = { authorization: `Bearer ${token}` };
    return new Api(await request.newContext({ baseURL: BASE_URL, extraHTTPHeaders }));
  }

  async #call(method: string, path: string, data?: unknown): Promise<unknown> {
    const response = await this.#context.fetch(`/api${path}`, { method, ...(data === undefined ? {} : { data }) });
    const text = await response.text();
    expect(response.ok(), `${method} ${path} answered ${response.status()}: ${text}`).toBe(true);
    return text === '' ? null : JSON.parse(text);
  }

  async get<Value>(path: string, schema: z.ZodType<Value>): Promise<Value> {
    return schema.parse(await this.#call('GET', path));
  }

  async post<Value>(path: string, body: unknown, schema: z.ZodType<Value>): Promise<Value> {
    return schema.parse(await this.#call('POST', path, body));
  }

  async patch<Value>(path: string, body: unknown, schema: z.ZodType<Value>): Promise<Value> {
    return schema.parse(await this.#call('PATCH', path, body));
  }

  /** A small file in one request. */
  async upload(name: string, text: string): Promise<StoredFile> {
    const file = { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
    const response = await this.#context.post('/api/files', { multipart: { file } });
    expect(response.status()).toBe(201);
    return StoredFile.parse(await response.json());
  }

  async delete(path: string): Promise<void> {
    await this.#call('DELETE', path);
  }

  async deploy(spec: SpecInput): Promise<string> {
    return (await this.post('/deployments', spec, CreatedDeployment)).deployment_id;
  }

  async untilEnded(id: string): Promise<void> {
    const ended = async () => isFinalDeployment((await this.get(`/deployments/${id}/progress`, Progress)).status);
    await expect.poll(ended, { message: `${id} ends`, ...WITHIN }).toBe(true);
  }

  close(): Promise<void> {
    return this.#context.dispose();
  }
}

export type Machine = { name: string; hostId: string; deviceId: string };

export class Lab {
  readonly api: Api;
  readonly machines: readonly Machine[];
  readonly #directory: string;
  readonly #agents: readonly AgentProcess[];

  private constructor(api: Api, machines: readonly Machine[], directory: string, agents: readonly AgentProcess[]) {
    this.api = api;
    this.machines = machines;
    this.#directory = directory;
    this.#agents = agents;
  }

  static async start(names: readonly string[]): Promise<Lab> {
    const api = await Api.signIn();
    const directory = mkdtempSync(join(tmpdir(), 'deployx-browser-'));
    const agents: AgentProcess[] = [];
    for (const name of names) {
      const { token } = await api.post('/enrollment-tokens', { name }, CreatedEnrollmentToken);
      const agent = new AgentProcess(join(directory, name));
      await agent.enroll(BASE_URL, token, name);
      agent.run();
      agents.push(agent);
    }
    const machines: Machine[] = [];
    for (const name of names) machines.push(await untilOnline(api, name));
    return new Lab(api, machines, directory, agents);
  }

  async stop(): Promise<void> {
    for (const { hostId } of this.machines) await this.api.delete(`/hosts/${hostId}`);
    for (const agent of this.#agents) await agent.stop();
    await this.api.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  at(index: number): Machine {
    const machine = this.machines[index];
    if (machine === undefined) throw new Error('no such machine');
    return machine;
  }

  get deviceIds(): string[] {
    return this.machines.map(({ deviceId }) => deviceId);
  }
}

const untilOnline = async (api: Api, name: string): Promise<Machine> => {
  const found = async () => (await api.get(`/hosts?q=${name}`, pageOf(Host))).items.find((host) => host.name === name);
  await expect.poll(async () => (await found())?.status, { message: `${name} is online`, ...WITHIN }).toBe('online');
  const host = await found();
  const device = host?.devices.find(({ key }) => key === 'self');
  if (host === undefined || device === undefined) throw new Error('a host has itself as a device');
  return { name, hostId: host.id, deviceId: device.id };
};

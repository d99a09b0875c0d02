/** A team with machines that deploys: what tests of deployments do over and over. */
import { expect } from 'vitest';
import type { z } from 'zod';
import { resultOf } from '#durable-objects/test/jobs.ts';
import type { Job } from '#protocol/agent/job.ts';
import type { JobResult } from '#protocol/agent/to-server.ts';
import { CreatedDeployment, Deployment } from '#protocol/http/deployments.ts';
import { type Machine, newMachines } from './agents.ts';
import type { Caller, TestApi } from './test-api.ts';

export const WITHIN = { timeout: 4000, interval: 10 };

export const read = async <Answer>(schema: z.ZodType<Answer>, response: Response, status = 200): Promise<Answer> => {
  const text = await response.text();
  expect(response.status, text).toBe(status);
  return schema.parse(JSON.parse(text));
};

export const command = (text = 'uptime', extra = {}) => ({ kind: 'command', command: text, ...extra });

export class Lab {
  readonly owner: Caller;
  readonly machines: Machine[];

  constructor(owner: Caller, machines: Machine[]) {
    this.owner = owner;
    this.machines = machines;
  }

  static async of(api: TestApi, count: number): Promise<Lab> {
    const owner = await api.newCaller('owner');
    return new Lab(owner, await newMachines(api, owner, count));
  }

  get devices(): string[] {
    return this.machines.map(({ device_id }) => device_id);
  }

  async post(path: string, body: unknown = {}): Promise<Response> {
    return this.owner.call('POST', `/api${path}`, { body });
  }

  async get<Answer>(schema: z.ZodType<Answer>, path: string): Promise<Answer> {
    return read(schema, await this.owner.call('GET', `/api${path}`));
  }

  async deploy(spec: Record<string, unknown>): Promise<string> {
    const body = { action: command(), device_ids: this.devices, ...spec };
    return (await read(CreatedDeployment, await this.post('/deployments', body), 201)).deployment_id;
  }

  deployment(id: string): Promise<z.infer<typeof Deployment>> {
    return this.get(Deployment, `/deployments/${id}`);
  }

  async until(id: string, expected: Record<string, unknown>): Promise<void> {
    await expect.poll(() => this.deployment(id), WITHIN).toMatchObject(expected);
  }

  /** Ends the next job of a machine; answers what it was. */
  async end(index: number, result: Partial<z.infer<typeof JobResult>> = {}): Promise<Job> {
    const { agent } = this.machine(index);
    const { job } = await agent.next('job.offer');
    agent.send({
      type: 'job.progress',
      target_id: job.target_id,
      attempt: job.attempt,
      status: 'running',
      percent: null,
      message: null,
    });
    agent.send(resultOf(job, result));
    await agent.next('result.ack');
    return job;
  }

  fail(index: number): Promise<Job> {
    return this.end(index, { outcome: 'failed', reason: 'exit_code', exit_code: 1, message: 'exited with code 1' });
  }

  machine(index: number): Machine {
    const machine = this.machines[index];
    if (machine === undefined) throw new Error(`no machine ${index}`);
    return machine;
  }
}

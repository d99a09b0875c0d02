/** What must hold on a device after its action before the target counts as completed. Tried by the agent, on the device's host. */
import { z } from 'zod';
import { Shell } from './shell.ts';
import { HttpUrl } from './text.ts';

const tries = {
  /** For one try. */
  timeout_seconds: z.int().min(1).max(600).default(10),
  /** Further tries after the first. */
  retries: z.int().min(0).max(1000).default(3),
  interval_seconds: z.int().min(0).max(3600).default(5),
};

export const CommandCheck = z.strictObject({
  type: z.literal('command'),
  /** Healthy when it exits with 0. */
  command: z.string().trim().min(1, 'must not be empty').max(8192, 'must be at most 8192 characters'),
  shell: Shell.default('sh'),
  ...tries,
});

export const HttpCheck = z.strictObject({
  type: z.literal('http'),
  url: HttpUrl,
  expect_status: z.int().min(100).max(599).default(200),
  ...tries,
});

export const TcpCheck = z.strictObject({
  type: z.literal('tcp'),
  /** As seen from the host that the agent runs on. */
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'must be a host name or an address')
    .default('127.0.0.1'),
  port: z.int().min(1).max(65_535),
  ...tries,
});

export const HealthCheck = z.discriminatedUnion('type', [CommandCheck, HttpCheck, TcpCheck]);
export type HealthCheck = z.infer<typeof HealthCheck>;

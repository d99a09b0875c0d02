import { z } from 'zod';

export const Health = z.object({ status: z.literal('ok'), version: z.string() });
export type Health = z.infer<typeof Health>;

export const Stats = z.object({
  hosts: z.object({ total: z.int(), online: z.int() }),
  /** `locked` is null where it cannot be known now. */
  devices: z.object({ total: z.int(), locked: z.int().nullable() }),
  deployments: z.object({
    total: z.int(),
    in_progress: z.int(),
    completed: z.int(),
    failed: z.int(),
    partial: z.int(),
    canceled: z.int(),
    success_rate: z.number().nullable(),
    avg_duration_seconds: z.number().nullable(),
  }),
  schedules: z.object({ active: z.int(), paused: z.int() }),
  files: z.object({ total: z.int(), bytes: z.int() }),
});
export type Stats = z.infer<typeof Stats>;

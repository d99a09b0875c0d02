/** The numbers of the dashboard's first page, counted in one read. */
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';

const Counted = z.object({
  hosts: z.int(),
  /** By the projection; the TeamObject knows better when it answers. */
  hosts_online: z.int(),
  devices: z.int(),
  deployments: z.int(),
  completed: z.int(),
  failed: z.int(),
  partial: z.int(),
  canceled: z.int(),
  avg_duration_seconds: z.number().nullable(),
  schedules_active: z.int(),
  schedules_paused: z.int(),
  files: z.int(),
  file_bytes: z.int(),
});
export type Counted = z.infer<typeof Counted>;

export const countEverything = async (db: Database, teamId: TeamId): Promise<Counted> => {
  const row: unknown = await db.get(sql`
    select
      (select count(*) from hosts where team_id = ${teamId} and revoked_at is null) as hosts,
      (select count(*) from hosts where team_id = ${teamId} and revoked_at is null and online = 1) as hosts_online,
      (select count(*) from devices where team_id = ${teamId} and attached = 1) as devices,
      count(*) as deployments,
      count(*) filter (where status = 'completed') as completed,
      count(*) filter (where status = 'failed') as failed,
      count(*) filter (where status = 'partial') as partial,
      count(*) filter (where status = 'canceled') as canceled,
      avg((julianday(ended_at) - julianday(started_at)) * 86400) as avg_duration_seconds,
      (select count(*) from schedules where team_id = ${teamId} and status = 'active') as schedules_active,
      (select count(*) from schedules where team_id = ${teamId} and status = 'paused') as schedules_paused,
      (select count(*) from files where team_id = ${teamId}) as files,
      (select coalesce(sum(size), 0) from files where team_id = ${teamId}) as file_bytes
    from deployments where team_id = ${teamId}`);
  return Counted.parse(row);
};

/** Whether a schedule that may fire again needs something. Conditions for statements about what it names. */
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import type { ScheduleUse } from './schedules.repository.ts';
import { schedules, scheduleUses } from './schedules.tables.ts';

/** What needs something, to tell a person. */
export type Use = { what: string; name: string };

/** Active or paused: an ended one needs nothing any more. */
export const LIVE_SCHEDULE = ['active', 'paused'] as const;

/** Of a row in the statement around it, whose id `used` is. */
export const scheduleNeeds = (kind: ScheduleUse['kind'], used: SQLiteColumn, team: SQLiteColumn): SQL =>
  sql`exists (select 1 from schedule_uses u join schedules s on s.id = u.schedule_id
    where u.used_id = ${used} and u.kind = ${kind} and u.team_id = ${team} and s.status in ('active', 'paused'))`;

/** Such schedules by name, to tell a person. */
export const schedulesThatNeed = (db: Database, team: TeamId, kind: ScheduleUse['kind'], id: string) =>
  db
    .select({ what: sql<string>`'schedule'`.as('what'), name: schedules.name })
    .from(scheduleUses)
    .innerJoin(schedules, eq(schedules.id, scheduleUses.schedule_id))
    .where(
      and(
        eq(scheduleUses.team_id, team),
        eq(scheduleUses.kind, kind),
        eq(scheduleUses.used_id, id),
        inArray(schedules.status, [...LIVE_SCHEDULE]),
      ),
    );

/** Reads and writes how much history each team keeps. */
import { eq } from 'drizzle-orm';
import { DEFAULT_HISTORY_RULES, type HistoryRules } from '#protocol/http/schedules.ts';
import type { TeamId } from '#protocol/ids.ts';
import type { Database } from './database.ts';
import { teamHistoryRules } from './schedules.tables.ts';

const columns = { keep_days: teamHistoryRules.keep_days, keep_executions: teamHistoryRules.keep_executions };

export const findHistoryRules = async (db: Database, team: TeamId): Promise<HistoryRules> =>
  (await db.select(columns).from(teamHistoryRules).where(eq(teamHistoryRules.team_id, team)).get()) ??
  DEFAULT_HISTORY_RULES;

/** A statement that returns the rules as they are then. Only what is given changes, so that two changes at once both hold. */
export const updateHistoryRules = (
  db: Database,
  team: TeamId,
  given: { keep_days?: number | undefined; keep_executions?: number | undefined },
) =>
  db
    .insert(teamHistoryRules)
    .values({
      team_id: team,
      keep_days: given.keep_days ?? DEFAULT_HISTORY_RULES.keep_days,
      keep_executions: given.keep_executions ?? DEFAULT_HISTORY_RULES.keep_executions,
    })
    .onConflictDoUpdate({ target: teamHistoryRules.team_id, set: given })
    .returning(columns);

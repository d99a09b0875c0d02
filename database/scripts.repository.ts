/** Reads and writes the script library. A version is written together with the row that names it as the newest. */
import { and, desc, eq, exists, inArray, lt, not, type SQL, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/sqlite-core';
import type { Script, ScriptSummary, ScriptVersion, ScriptVersionSummary } from '#protocol/http/scripts.ts';
import type { ScriptId, TeamId } from '#protocol/ids.ts';
import type { Interpreter } from '#protocol/script.ts';
import type { Database, Statement } from './database.ts';
import { deployments } from './deployments.tables.ts';
import { OPEN_DEPLOYMENT } from './file-in-use.ts';
import { after, containing, limitOf, type Page, type PageRequest, pageFrom } from './page.ts';
import { scheduleNeeds, schedulesThatNeed, type Use } from './schedule-uses.ts';
import { scripts, scriptVersions } from './scripts.tables.ts';

const summaryColumns = {
  id: scripts.id,
  name: scripts.name,
  interpreter: scripts.interpreter,
  description: scripts.description,
  version: scripts.version,
  created_at: scripts.created_at,
  updated_at: scripts.updated_at,
  updated_by: scripts.updated_by,
};

const isScript = (teamId: TeamId, id: ScriptId) => and(eq(scripts.team_id, teamId), eq(scripts.id, id));

export type ScriptFilter = PageRequest & { q?: string | undefined; interpreter?: Interpreter | undefined };

export const listScripts = async (db: Database, teamId: TeamId, filter: ScriptFilter): Promise<Page<ScriptSummary>> => {
  const rows = await db
    .select(summaryColumns)
    .from(scripts)
    .where(
      and(
        eq(scripts.team_id, teamId),
        filter.q === undefined ? undefined : containing(scripts.name, filter.q),
        filter.interpreter === undefined ? undefined : eq(scripts.interpreter, filter.interpreter),
        after(scripts.id, filter),
      ),
    )
    .orderBy(desc(scripts.id))
    .limit(limitOf(filter));
  return pageFrom(rows, filter);
};

const newestVersion = and(eq(scriptVersions.script_id, scripts.id), eq(scriptVersions.version, scripts.version));

export const findScript = async (db: Database, teamId: TeamId, id: ScriptId): Promise<Script | undefined> =>
  db
    .select({ ...summaryColumns, content: scriptVersions.content })
    .from(scripts)
    .innerJoin(scriptVersions, newestVersion)
    .where(isScript(teamId, id))
    .get();

export const findScriptNamed = async (db: Database, teamId: TeamId, name: string): Promise<ScriptId | null> => {
  const named = and(eq(scripts.team_id, teamId), eq(scripts.name, name));
  return (await db.select({ id: scripts.id }).from(scripts).where(named).get())?.id ?? null;
};

const versionColumns = {
  version: scriptVersions.version,
  interpreter: scriptVersions.interpreter,
  created_at: scriptVersions.created_at,
  created_by: scriptVersions.created_by,
};

export type VersionPage = { limit: number; cursor?: number | undefined };

export const listScriptVersions = async (
  db: Database,
  teamId: TeamId,
  id: ScriptId,
  page: VersionPage,
): Promise<Page<ScriptVersionSummary>> => {
  const rows = await db
    .select(versionColumns)
    .from(scriptVersions)
    .innerJoin(scripts, eq(scripts.id, scriptVersions.script_id))
    .where(and(isScript(teamId, id), page.cursor === undefined ? undefined : lt(scriptVersions.version, page.cursor)))
    .orderBy(desc(scriptVersions.version))
    .limit(page.limit + 1);
  const items = rows.slice(0, page.limit);
  return { items, next_cursor: rows.length > page.limit ? String(items.at(-1)?.version) : null };
};

export const findScriptVersion = async (
  db: Database,
  teamId: TeamId,
  id: ScriptId,
  version: number,
): Promise<ScriptVersion | undefined> =>
  db
    .select({ ...versionColumns, content: scriptVersions.content })
    .from(scriptVersions)
    .innerJoin(scripts, eq(scripts.id, scriptVersions.script_id))
    .where(and(isScript(teamId, id), eq(scriptVersions.version, version)))
    .get();

/** What a deployment runs: `version` null is the newest. `name` is null when the team has no such script. */
export const resolveScript = async (
  db: Database,
  teamId: TeamId,
  id: ScriptId,
  version: number | null,
): Promise<{ name: string | null; found: ScriptVersion | null }> => {
  const wanted = version === null ? eq(scriptVersions.version, scripts.version) : eq(scriptVersions.version, version);
  const row = await db
    .select({ name: scripts.name, found: { ...versionColumns, content: scriptVersions.content } })
    .from(scripts)
    .leftJoin(scriptVersions, and(eq(scriptVersions.script_id, scripts.id), wanted))
    .where(isScript(teamId, id))
    .get();
  return row ?? { name: null, found: null };
};

/** The text of a row of `scripts`, at the version that the row names. */
const insertVersion = (db: Database, teamId: TeamId, script: Script, condition: SQL | undefined) =>
  db.insert(scriptVersions).select(
    db
      .select({
        script_id: scripts.id,
        version: sql<number>`${script.version}`.as('version'),
        interpreter: sql<Interpreter>`${script.interpreter}`.as('interpreter'),
        content: sql<string>`${script.content}`.as('content'),
        created_at: sql<string>`${script.updated_at}`.as('created_at'),
        created_by: sql<string | null>`${script.updated_by}`.as('created_by'),
      })
      .from(scripts)
      .where(and(isScript(teamId, script.id), condition)),
  );

/** False when another script of the team has the name. `alsoWrite` is to look whether the statement before it changed a row. */
export const insertScript = async (
  db: Database,
  teamId: TeamId,
  script: Script,
  alsoWrite: readonly Statement[],
): Promise<boolean> => {
  const { content: _, ...row } = script;
  const [made] = await db.batch([
    db
      .insert(scripts)
      .values({ ...row, team_id: teamId })
      .onConflictDoNothing()
      .returning({ id: scripts.id }),
    insertVersion(db, teamId, script, undefined),
    ...alsoWrite,
  ]);
  return made.length > 0;
};

/** False when the script has changed since `before` was read: what was decided from it does not hold any more. */
export const updateScript = async (
  db: Database,
  teamId: TeamId,
  before: Script,
  after: Script,
  alsoWrite: readonly Statement[],
): Promise<boolean> => {
  const unchanged = and(eq(scripts.version, before.version), eq(scripts.updated_at, before.updated_at));
  const { id: _id, content: _content, ...fields } = after;
  const update = db
    .update(scripts)
    .set(fields)
    .where(and(isScript(teamId, before.id), unchanged))
    .returning({ id: scripts.id });
  if (after.version === before.version) return (await db.batch([update, ...alsoWrite]))[0].length > 0;
  const [, changed] = await db.batch([insertVersion(db, teamId, after, unchanged), update, ...alsoWrite]);
  return changed.length > 0;
};

const openDeployments = (db: Database, teamId: TeamId, id: ScriptId) =>
  db
    .select({ what: sql<string>`'deployment'`.as('what'), name: deployments.name })
    .from(deployments)
    .where(
      and(
        eq(deployments.team_id, teamId),
        inArray(deployments.status, OPEN_DEPLOYMENT),
        eq(deployments.kind, 'script'),
        sql`${deployments.spec} ->> '$.action.script_id' = ${id}`,
      ),
    );

/** The first few deployments that have not ended and schedules that may fire again, to tell a person. */
export const listScriptUses = async (db: Database, teamId: TeamId, id: ScriptId, limit: number): Promise<Use[]> =>
  unionAll(openDeployments(db, teamId, id), schedulesThatNeed(db, teamId, 'script', id)).limit(limit);

/** Goes with all versions, and only when neither a deployment in flight nor a live schedule uses it. False when it stays or was not there. */
export const deleteUnusedScript = async (
  db: Database,
  teamId: TeamId,
  id: ScriptId,
  alsoWrite: readonly Statement[],
): Promise<boolean> => {
  const unused = and(
    isScript(teamId, id),
    not(exists(openDeployments(db, teamId, id))),
    not(scheduleNeeds('script', scripts.id, scripts.team_id)),
  );
  const gone = db.select({ id: scripts.id }).from(scripts).where(unused);
  const [, deleted] = await db.batch([
    db.delete(scriptVersions).where(inArray(scriptVersions.script_id, gone)),
    db.delete(scripts).where(unused).returning({ id: scripts.id }),
    ...alsoWrite,
  ]);
  return deleted.length > 0;
};

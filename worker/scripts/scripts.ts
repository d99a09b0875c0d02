/** Makes, changes and removes scripts. Each change of interpreter or content makes the next version; the former ones stay. */
import type { z } from 'zod';
import {
  deleteUnusedScript,
  findScript,
  findScriptNamed,
  insertScript,
  listScriptUses,
  updateScript,
} from '#database/scripts.repository.ts';
import type { CreateScript, Script, UpdateScript } from '#protocol/http/scripts.ts';
import { newId, type ScriptId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import type { Refusal } from '../http/problem.ts';
import { changedMeanwhile, nameTaken, scriptInUse, scriptNotFound } from './scripts.errors.ts';

/** As many as fit into one sentence. */
const NAMED_USES = 3;

export const addScript = async (
  { db, ids, now, team_id, user, auditIfChanged }: PersonContext,
  fields: z.output<typeof CreateScript>,
): Promise<Script | Refusal> => {
  const at = now.toISOString();
  const script: Script = {
    ...fields,
    id: newId('scr', ids),
    version: 1,
    created_at: at,
    updated_at: at,
    updated_by: user.username,
  };
  const { name, interpreter } = script;
  const entry = auditIfChanged('scripts.create', script.id, { name, interpreter });
  return (await insertScript(db, team_id, script, [entry])) ? script : nameTaken();
};

export const changeScript = async (
  { db, now, team_id, user, auditIfChanged }: PersonContext,
  id: ScriptId,
  edit: z.output<typeof UpdateScript>,
): Promise<Script | Refusal> => {
  const before = await findScript(db, team_id, id);
  if (before === undefined) return scriptNotFound();
  const { name = before.name, description = before.description } = edit;
  const { interpreter = before.interpreter, content = before.content } = edit;
  const named = name === before.name ? null : await findScriptNamed(db, team_id, name);
  if (named !== null && named !== id) return nameTaken();
  const rewritten = interpreter !== before.interpreter || content !== before.content;
  if (!rewritten && name === before.name && description === before.description) return before;
  const script: Script = {
    ...before,
    name,
    description,
    interpreter,
    content,
    version: rewritten ? before.version + 1 : before.version,
    updated_at: now.toISOString(),
    updated_by: user.username,
  };
  const entry = auditIfChanged('scripts.update', id, { name, version: script.version, fields: Object.keys(edit) });
  return (await updateScript(db, team_id, before, script, [entry])) ? script : changedMeanwhile();
};

export const removeScript = async (
  { db, team_id, auditIfChanged }: PersonContext,
  id: ScriptId,
): Promise<Refusal | undefined> => {
  const script = await findScript(db, team_id, id);
  if (script === undefined) return scriptNotFound();
  const entry = auditIfChanged('scripts.delete', id, { name: script.name });
  if (await deleteUnusedScript(db, team_id, id, [entry])) return undefined;
  const uses = await listScriptUses(db, team_id, id, NAMED_USES);
  return uses.length > 0 ? scriptInUse(uses) : scriptNotFound();
};

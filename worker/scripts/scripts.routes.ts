/** The team's script library. Deployments copy the version that they run, so that changing a script changes no history. */
import { z } from 'zod';
import { findScript, findScriptVersion, listScripts, listScriptVersions } from '#database/scripts.repository.ts';
import { pageOf } from '#protocol/http/page.ts';
import {
  CreateScript,
  Script,
  ScriptQuery,
  ScriptSummary,
  ScriptVersion,
  ScriptVersionQuery,
  ScriptVersionSummary,
  UpdateScript,
} from '#protocol/http/scripts.ts';
import { ScriptId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { scriptNotFound } from './scripts.errors.ts';
import { addScript, changeScript, removeScript } from './scripts.ts';

const params = z.object({ script_id: ScriptId });

const list = route(
  {
    method: 'get',
    path: '/scripts',
    tag: 'scripts',
    summary: 'The library without the texts, newest first; `q` is part of a name',
    access: atLeast('viewer'),
    query: ScriptQuery,
    answer: { status: 200, description: 'A page of scripts', schema: pageOf(ScriptSummary) },
  },
  async ({ db, team_id, query }) => listScripts(db, team_id, query),
);

const create = route(
  {
    method: 'post',
    path: '/scripts',
    tag: 'scripts',
    summary: 'Add a script to the library',
    access: atLeast('operator'),
    body: CreateScript,
    answer: { status: 201, description: 'The script', schema: Script },
    creates: true,
    refusals: [409],
  },
  async (context) => addScript(context, context.body),
);

const get = route(
  {
    method: 'get',
    path: '/scripts/{script_id}',
    tag: 'scripts',
    summary: 'One script with the text of its newest version',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The script', schema: Script },
  },
  async ({ db, team_id, params: { script_id } }) => (await findScript(db, team_id, script_id)) ?? scriptNotFound(),
);

const update = route(
  {
    method: 'patch',
    path: '/scripts/{script_id}',
    tag: 'scripts',
    summary: 'Change a script; another interpreter or text is a new version, and what the body does not name stays',
    access: atLeast('operator'),
    params,
    body: UpdateScript,
    answer: { status: 200, description: 'The script as it is now', schema: Script },
    refusals: [409],
  },
  async (context) => changeScript(context, context.params.script_id, context.body),
);

const remove = route(
  {
    method: 'delete',
    path: '/scripts/{script_id}',
    tag: 'scripts',
    summary: 'Remove a script with all its versions; refused while a deployment in flight or a live schedule uses it',
    access: atLeast('operator'),
    params,
    answer: { status: 204, description: 'It is gone' },
    refusals: [409],
  },
  async (context) => removeScript(context, context.params.script_id),
);

const versions = route(
  {
    method: 'get',
    path: '/scripts/{script_id}/versions',
    tag: 'scripts',
    summary: 'All versions without their texts, newest first',
    access: atLeast('viewer'),
    params,
    query: ScriptVersionQuery,
    answer: { status: 200, description: 'A page of versions', schema: pageOf(ScriptVersionSummary) },
  },
  async ({ db, team_id, params: { script_id }, query }) => {
    const page = await listScriptVersions(db, team_id, script_id, query);
    if (page.items.length > 0) return page;
    return (await findScript(db, team_id, script_id)) === undefined ? scriptNotFound() : page;
  },
);

const version = route(
  {
    method: 'get',
    path: '/scripts/{script_id}/versions/{number}',
    tag: 'scripts',
    summary: 'One version with its text',
    access: atLeast('viewer'),
    params: params.extend({ number: z.coerce.number().int().min(1) }),
    answer: { status: 200, description: 'The version', schema: ScriptVersion },
  },
  async ({ db, team_id, params: { script_id, number } }) =>
    (await findScriptVersion(db, team_id, script_id, number)) ?? scriptNotFound(),
);

export const scriptRoutes = [list, create, get, update, remove, versions, version];

/** The team's software catalogue. Deployments copy what they install, so that changing an entry changes no history. */
import { z } from 'zod';
import type { Database } from '#database/database.ts';
import { touchFiles } from '#database/files.repository.ts';
import {
  deleteUnusedSoftware,
  findSoftware,
  insertSoftware,
  listSoftware,
  listSoftwareUses,
  updateSoftware,
} from '#database/software.repository.ts';
import { pageOf } from '#protocol/http/page.ts';
import { CreateSoftware, Software, SoftwareQuery, UpdateSoftware } from '#protocol/http/software.ts';
import { newId, SoftwareId, type TeamId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { checkEntry } from './check-entry.ts';
import { softwareInUse, softwareNotFound } from './software.errors.ts';

/** As many as fit into one sentence. */
const NAMED_USES = 3;

const params = z.object({ software_id: SoftwareId });

/** A statement: an unused file expires by its last use, and this entry uses its file until now. */
const touchFilesOf = (db: Database, teamId: TeamId, { file_id }: Software, now: Date) =>
  touchFiles(db, teamId, file_id === null ? [] : [file_id], now.toISOString());

const list = route(
  {
    method: 'get',
    path: '/software',
    tag: 'software',
    summary: 'The catalogue, newest first; `q` is part of a name',
    access: atLeast('viewer'),
    query: SoftwareQuery,
    answer: { status: 200, description: 'A page of entries', schema: pageOf(Software) },
  },
  async ({ db, team_id, query }) => listSoftware(db, team_id, query),
);

const create = route(
  {
    method: 'post',
    path: '/software',
    tag: 'software',
    summary: 'Add an entry to the catalogue',
    access: atLeast('operator'),
    body: CreateSoftware,
    answer: { status: 201, description: 'The entry', schema: Software },
    creates: true,
    refusals: [422],
  },
  async ({ db, ids, team_id, now, audit, body }) => {
    const entry: Software = { id: newId('pkg', ids), ...body, created_at: now.toISOString() };
    const refusal = await checkEntry(db, team_id, entry);
    if (refusal !== null) return refusal;
    const { name, version, package_type } = entry;
    await db.batch([
      insertSoftware(db, team_id, entry),
      audit('software.create', entry.id, { name, version, package_type }),
    ]);
    return entry;
  },
);

const get = route(
  {
    method: 'get',
    path: '/software/{software_id}',
    tag: 'software',
    summary: 'One entry',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The entry', schema: Software },
  },
  async ({ db, team_id, params: { software_id } }) =>
    (await findSoftware(db, team_id, software_id)) ?? softwareNotFound(),
);

const update = route(
  {
    method: 'patch',
    path: '/software/{software_id}',
    tag: 'software',
    summary: 'Change an entry; what the body does not name stays',
    access: atLeast('operator'),
    params,
    body: UpdateSoftware,
    answer: { status: 200, description: 'The entry as it is now', schema: Software },
    refusals: [422],
  },
  async ({ db, team_id, now, auditIfChanged, params: { software_id }, body }) => {
    const before = await findSoftware(db, team_id, software_id);
    if (before === undefined) return softwareNotFound();
    const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
    const entry: Software = { ...before, ...given };
    const refusal = await checkEntry(db, team_id, entry);
    if (refusal !== null) return refusal;
    await db.batch([
      updateSoftware(db, team_id, entry),
      auditIfChanged('software.update', entry.id, { name: entry.name, fields: Object.keys(given) }),
      touchFilesOf(db, team_id, before, now),
    ]);
    return entry;
  },
);

const remove = route(
  {
    method: 'delete',
    path: '/software/{software_id}',
    tag: 'software',
    summary: 'Remove an entry; what it installed stays installed. Refused while a live schedule names it',
    access: atLeast('operator'),
    params,
    answer: { status: 204, description: 'It is gone' },
    refusals: [409],
  },
  async ({ db, team_id, now, auditIfChanged, params: { software_id } }) => {
    const entry = await findSoftware(db, team_id, software_id);
    if (entry === undefined) return softwareNotFound();
    const [deleted] = await db.batch([
      deleteUnusedSoftware(db, team_id, software_id),
      auditIfChanged('software.delete', software_id, { name: entry.name }),
      touchFilesOf(db, team_id, entry, now),
    ]);
    if (deleted.length > 0) return undefined;
    const uses = await listSoftwareUses(db, team_id, software_id, NAMED_USES);
    return uses.length > 0 ? softwareInUse(uses) : softwareNotFound();
  },
);

export const softwareRoutes = [list, create, get, update, remove];

/** What the team lets in as a file, and how long it keeps one that nothing uses. */
import { findFileRules, updateFileRules } from '#database/file-rules.repository.ts';
import { FileRules, UpdateFileRules } from '#protocol/http/file-rules.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';

const get = route(
  {
    method: 'get',
    path: '/team/file-rules',
    tag: 'files',
    summary: 'Which files the team lets in, and how long it keeps those that nothing uses',
    access: atLeast('viewer'),
    answer: { status: 200, description: 'The rules; null stands for no limit', schema: FileRules },
  },
  async ({ db, team_id }) => findFileRules(db, team_id),
);

const update = route(
  {
    method: 'patch',
    path: '/team/file-rules',
    tag: 'files',
    summary: 'Change the rules for files; what the body does not name stays. Files that are there already stay too',
    access: atLeast('admin'),
    body: UpdateFileRules,
    answer: { status: 200, description: 'The rules as they are now', schema: FileRules },
  },
  async ({ db, team_id, audit, body }) => {
    if (Object.keys(body).length === 0) return findFileRules(db, team_id);
    const [[rules]] = await db.batch([updateFileRules(db, team_id, body), audit('file_rules.update', team_id, body)]);
    return rules ?? findFileRules(db, team_id);
  },
);

export const fileRulesRoutes = [get, update];

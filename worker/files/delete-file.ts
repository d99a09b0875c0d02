/** Deletes a file that nothing uses: the row first, then the object, so that no row is ever without its bytes. */
import { deleteUnusedFile, listFileUses } from '#database/file-uses.repository.ts';
import { fileObjectKey, findFile } from '#database/files.repository.ts';
import type { FileId } from '#protocol/ids.ts';
import type { PersonContext } from '../context.ts';
import type { Refusal } from '../http/problem.ts';
import { fileInUse, fileNotFound } from './files.errors.ts';
import { removeLeftover } from './remove-leftover.ts';

/** As many as fit into one sentence. */
const NAMED_USES = 3;

/** Between the look and the deletion somebody began to use it, or deleted it. */
const refuseLate = async ({ db, team_id }: PersonContext, id: FileId): Promise<Refusal> => {
  const uses = await listFileUses(db, team_id, id, NAMED_USES);
  return uses.length > 0 ? fileInUse(uses) : fileNotFound();
};

export const deleteFile = async (context: PersonContext, id: FileId): Promise<undefined | Refusal> => {
  const { env, db, team_id, now, auditIfChanged } = context;
  const file = await findFile(db, team_id, id);
  if (file === undefined) return fileNotFound();
  const uses = await listFileUses(db, team_id, id, NAMED_USES);
  if (uses.length > 0) return fileInUse(uses);
  const entry = auditIfChanged('files.delete', id, { filename: file.filename });
  if (!(await deleteUnusedFile(db, team_id, id, now, [entry]))) return refuseLate(context, id);
  await removeLeftover(env.FILES, db, { object_key: fileObjectKey(team_id, id), r2_upload_id: null });
  return undefined;
};

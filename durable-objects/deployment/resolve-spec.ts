/** From a spec to what it comes out to now: items with everything an agent needs, and the devices. Reads D1, changes nothing. */
import type { Database } from '#database/database.ts';
import { resolveFiles } from '#database/files.repository.ts';
import { resolveTargets } from '#database/groups.repository.ts';
import { resolveSoftware } from '#database/software.repository.ts';
import { filesOfSpec, itemsOf, type ResolvedItem } from '#domain/deployment/items.ts';
import type { FileId, TeamId } from '#protocol/ids.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import { MAX_TARGETS } from '#protocol/limits.ts';
import type { Spec } from '#protocol/spec.ts';

type TargetDevices = Awaited<ReturnType<typeof resolveTargets>>['devices'];

export type ResolvedSpec =
  | { ok: true; items: ResolvedItem[]; file_ids: FileId[]; devices: TargetDevices }
  | { ok: false; issues: FieldIssue[] };

/** One issue for each id that is not known, at the place in the spec where it stands. */
const unknownIssues = (
  field: string,
  given: readonly string[],
  unknown: readonly string[],
  what: string,
): FieldIssue[] => {
  const missing = new Set(unknown);
  return given.flatMap((id, index) =>
    missing.has(id) ? [{ path: `${field}.${index}`, message: `is not a known ${what}` }] : [],
  );
};

export const resolveSpec = async (db: Database, team: TeamId, spec: Spec): Promise<ResolvedSpec> => {
  const [items, targets] = await Promise.all([
    resolveItems(db, team, spec),
    resolveTargets(db, team, spec.device_ids, spec.group_ids),
  ]);
  const issues = [
    ...(items.ok ? [] : items.issues),
    ...unknownIssues('device_ids', spec.device_ids, targets.unknown_device_ids, 'device'),
    ...unknownIssues('group_ids', spec.group_ids, targets.unknown_group_ids, 'group'),
  ];
  if (!items.ok || issues.length > 0) return { ok: false, issues };
  const { devices } = targets;
  const path = spec.device_ids.length > 0 ? 'device_ids' : 'group_ids';
  if (devices.length === 0)
    return { ok: false, issues: [{ path, message: 'no device comes out of this: the groups are empty' }] };
  const count = devices.length * items.items.length;
  if (count > MAX_TARGETS)
    return {
      ok: false,
      issues: [{ path, message: `${count} targets are more than the ${MAX_TARGETS} that one deployment takes` }],
    };
  return { ok: true, items: items.items, file_ids: items.file_ids, devices };
};

type Items = { ok: true; items: ResolvedItem[]; file_ids: FileId[] } | { ok: false; issues: FieldIssue[] };

const resolveItems = async (db: Database, team: TeamId, spec: Spec): Promise<Items> => {
  const softwareIds = spec.action.kind === 'software' ? spec.action.software_ids : [];
  const catalogue =
    softwareIds.length === 0 ? { found: [], unknown: [] } : await resolveSoftware(db, team, softwareIds);
  const wanted = filesOfSpec(spec.action, catalogue.found);
  const files =
    wanted.length === 0
      ? { found: [], unknown: [] }
      : await resolveFiles(
          db,
          team,
          wanted.map(({ id }) => id),
        );
  const unknown = new Set(files.unknown);
  const issues = [
    ...unknownIssues('action.software_ids', softwareIds, catalogue.unknown, 'catalogue entry'),
    ...wanted.filter(({ id }) => unknown.has(id)).map(({ path }) => ({ path, message: 'is not a known file' })),
  ];
  if (issues.length > 0) return { ok: false, issues };
  return {
    ok: true,
    items: itemsOf(spec.action, catalogue.found, files.found),
    file_ids: files.found.map(({ id }) => id),
  };
};

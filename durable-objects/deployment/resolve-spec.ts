/**
 * From a spec to what it comes out to now: items with everything an agent needs, and the devices. Reads D1, changes nothing.
 * A spec that is to run `later` may name groups that are empty, or busy, now.
 */
import type { Database } from '#database/database.ts';
import { resolveFiles } from '#database/files.repository.ts';
import { resolveScript } from '#database/scripts.repository.ts';
import { resolveSoftware } from '#database/software.repository.ts';
import {
  type ActionItem,
  filesOfSpec,
  itemsOf,
  type NamedScript,
  type ResolvedItem,
} from '#domain/deployment/items.ts';
import type { FileId, TeamId } from '#protocol/ids.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import { MAX_TARGETS } from '#protocol/limits.ts';
import type { Spec } from '#protocol/spec.ts';
import type { DraftTarget, ResolvedDraft } from './draft.ts';
import { reachDevices, reachSides, unknownIssues, type WavedDevice } from './reach.ts';

export type ResolvedSpec = ({ ok: true } & ResolvedDraft) | { ok: false; issues: FieldIssue[] };

export const resolveSpec = async (
  db: Database,
  team: TeamId,
  spec: Spec,
  when: 'now' | 'later' = 'now',
): Promise<ResolvedSpec> => {
  const [items, reach] = await Promise.all([
    resolveItems(db, team, spec),
    spec.strategy.type === 'blue_green'
      ? reachSides(db, team, spec.strategy, when)
      : reachDevices(db, team, spec, spec.strategy, when),
  ]);
  const issues = [...(items.ok ? [] : items.issues), ...(reach.ok ? [] : reach.issues)];
  if (!items.ok || !reach.ok || issues.length > 0) return { ok: false, issues };
  const checked = items.items.map((item) => ({ ...item, health_check: spec.health_check, side: null }));
  const all = [...checked, ...reach.extra];
  const targets = [
    ...targetsOf(reach.first, [...checked.keys()], all),
    ...reach.afterwards.flatMap(({ devices, item }) => targetsOf(devices, [checked.length + item], all)),
  ];
  const issue = countIssue(targets.length, reach.path) ?? sizeIssue(all);
  if (issue !== null) return { ok: false, issues: [issue] };
  return {
    ok: true,
    items: all,
    file_ids: items.file_ids,
    targets,
    waves: reach.waves,
    activates: reach.activates,
  };
};

const countIssue = (targets: number, path: string): FieldIssue | null =>
  targets > MAX_TARGETS
    ? { path, message: `${targets} targets are more than the ${MAX_TARGETS} that one deployment takes` }
    : null;

/** One value of the database takes 2 MB; the record holds all items in one. */
const MAX_ITEMS_CHARACTERS = 1_000_000;

const sizeIssue = (items: readonly ResolvedItem[]): FieldIssue | null =>
  JSON.stringify(items).length > MAX_ITEMS_CHARACTERS
    ? { path: 'action', message: 'comes to too much for one deployment: name fewer packages or shorter texts' }
    : null;

/** Device after device, so that a device goes whole. */
const targetsOf = (
  devices: readonly WavedDevice[],
  indexes: readonly number[],
  items: readonly ResolvedItem[],
): DraftTarget[] =>
  devices.flatMap((device) =>
    indexes.map((index) => ({
      device_id: device.id,
      device_key: device.key,
      device_name: device.name,
      host_id: device.host_id,
      item_index: index,
      item: items[index]?.label ?? '',
      wave: device.wave,
      undoes: null,
    })),
  );

type Items = { ok: true; items: ActionItem[]; file_ids: FileId[] } | { ok: false; issues: FieldIssue[] };

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
  const script = await resolveNamedScript(db, team, spec);
  const issues = [
    ...(script.ok ? [] : [script.issue]),
    ...unknownIssues('action.software_ids', softwareIds, catalogue.unknown, 'catalogue entry'),
    ...wanted.filter(({ id }) => unknown.has(id)).map(({ path }) => ({ path, message: 'is not a known file' })),
  ];
  if (!script.ok || issues.length > 0) return { ok: false, issues };
  return {
    ok: true,
    items: itemsOf(spec.action, { catalogue: catalogue.found, files: files.found, script: script.script }),
    file_ids: files.found.map(({ id }) => id),
  };
};

type ResolvedScript = { ok: true; script: NamedScript | null } | { ok: false; issue: FieldIssue };

const resolveNamedScript = async (db: Database, team: TeamId, { action }: Spec): Promise<ResolvedScript> => {
  if (action.kind !== 'script') return { ok: true, script: null };
  const { name, found } = await resolveScript(db, team, action.script_id, action.version);
  if (name === null) return { ok: false, issue: { path: 'action.script_id', message: 'is not a known script' } };
  if (found !== null) return { ok: true, script: { name, found } };
  return { ok: false, issue: { path: 'action.version', message: `${name} has no such version` } };
};

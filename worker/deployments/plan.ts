/** Makes a plan of a spec, and tells when one that was confirmed is not what would be done now. */
import type { Database } from '#database/database.ts';
import { findPlan, type HostAbility, hostAbilities, keepPlan, pastSeconds } from '#database/plans.repository.ts';
import { FIRST_ACTIVE, groupOf, otherColor } from '#domain/deployment/blue-green.ts';
import { defaultName } from '#domain/deployment/items.ts';
import {
  downloadBytes,
  estimateSeconds,
  missingCapability,
  PlanContent,
  type PlannedDevice,
  planContent,
  planDifferences,
  undoOf,
} from '#domain/deployment/plan.ts';
import { endsOf, rolloutOf } from '#domain/deployment/rollout.ts';
import type { DraftTarget, ResolvedDraft } from '#durable-objects/deployment/draft.ts';
import { resolveSpec } from '#durable-objects/deployment/resolve-spec.ts';
import type { DeploymentPlan, PlanDifference } from '#protocol/http/deployments.ts';
import type { HostId, TeamId } from '#protocol/ids.ts';
import type { FieldIssue } from '#protocol/issues.ts';
import type { Spec } from '#protocol/spec.ts';
import type { PersonContext } from '../context.ts';
import { loadPresence, type Presence } from '../hosts/presence.ts';
import { sha256Hex } from '../secrets.ts';

const devicesOf = (targets: readonly DraftTarget[]): DraftTarget[] => {
  const seen = new Set<string>();
  return targets.filter(({ device_id, wave }) => {
    const key = `${device_id} ${wave}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};

const contentOf = (spec: Spec, { items, targets, waves }: ResolvedDraft): PlanContent =>
  planContent(
    spec,
    items,
    devicesOf(targets).map(
      ({ device_id, device_name, wave }): PlannedDevice => ({ id: device_id, name: device_name, wave }),
    ),
    waves,
  );

const hashOf = (content: PlanContent): Promise<string> => sha256Hex(JSON.stringify(content));

const planned = ({ device_id, device_name, host_id }: DraftTarget) => ({ device_id, device_name, host_id });

type Facts = { presence: Presence; abilities: ReadonlyMap<HostId, HostAbility> };

const offlineOf = (devices: readonly DraftTarget[], { presence, abilities }: Facts): DeploymentPlan['offline'] =>
  devices.flatMap((device) => {
    const stored = abilities.get(device.host_id) ?? { online: false, last_seen_at: null };
    const { status, last_seen_at } = presence.host(device.host_id, stored);
    return status === 'online' ? [] : [{ ...planned(device), last_seen_at }];
  });

const lockedOf = (devices: readonly DraftTarget[], { presence }: Facts): DeploymentPlan['locked'] =>
  devices.flatMap((device) => {
    const { lock } = presence.device(device.device_id);
    if (lock === null) return [];
    return [{ ...planned(device), holder: lock.reason === null ? lock.name : `${lock.name}: ${lock.reason}` }];
  });

const missingOf = ({ items, targets }: ResolvedDraft, { abilities }: Facts): DeploymentPlan['missing_capabilities'] =>
  targets.flatMap((target) => {
    const item = items[target.item_index];
    const can = abilities.get(target.host_id)?.capabilities ?? null;
    const missing = item === undefined ? null : missingCapability(item, can);
    return missing === null ? [] : [{ ...planned(target), missing: `${target.item}: ${missing}` }];
  });

const wavesOf = ({ targets, waves }: ResolvedDraft): DeploymentPlan['waves'] => {
  const byWave = Map.groupBy(targets, ({ wave }) => wave);
  return Array.from({ length: waves }, (_, wave) => {
    const group = byWave.get(wave) ?? [];
    return { wave: wave + 1, targets: group.length, devices: devicesOf(group).map(planned) };
  });
};

const blueGreenOf = ({ strategy }: Spec, { activates }: ResolvedDraft): DeploymentPlan['blue_green'] => {
  if (strategy.type !== 'blue_green') return null;
  const idle = activates?.active ?? otherColor(FIRST_ACTIVE);
  return { active: otherColor(idle), idle, group_id: groupOf(strategy, idle) };
};

const counted = (count: number, one: string, many: string): string => (count === 1 ? `1 ${one}` : `${count} ${many}`);

const warningsOf = (spec: Spec, resolved: ResolvedDraft, offline: number, missing: number): string[] => [
  ...(offline > 0 && spec.offline.policy === 'fail'
    ? [`${counted(offline, 'device is', 'devices are')} offline and will fail at once: let them wait to avoid that`]
    : []),
  ...(missing > 0 ? [`${counted(missing, 'target', 'targets')} will fail: the host cannot do what is asked`] : []),
  ...(spec.strategy.type === 'canary' && resolved.waves === 1
    ? ['all devices are canaries: there is no second wave to hold back']
    : []),
  ...(spec.strategy.type === 'blue_green' && spec.strategy.switch === null
    ? ['no switch command is given: the active side is recorded, and nothing runs to switch it']
    : []),
];

export type Planned = { ok: true; plan: DeploymentPlan } | { ok: false; issues: FieldIssue[] };

export const makePlan = async (context: PersonContext, spec: Spec): Promise<Planned> => {
  const { db, team_id, now } = context;
  const resolved = await resolveSpec(db, team_id, spec);
  if (!resolved.ok) return resolved;
  const { items, targets, waves } = resolved;
  const content = contentOf(spec, resolved);
  const plan_hash = await hashOf(content);
  const hostIds = [...new Set(targets.map(({ host_id }) => host_id))];
  const labels = items.map(({ label }) => label);
  const [presence, abilities, past] = await Promise.all([
    loadPresence(context, hostIds),
    hostAbilities(db, team_id, hostIds),
    pastSeconds(db, team_id, spec.action.kind, labels),
    db.batch([keepPlan(db, team_id, plan_hash, JSON.stringify(content), now.toISOString())]),
  ]);
  const facts = { presence, abilities: new Map(abilities.map((host) => [host.id, host])) };
  const devices = devicesOf(targets.map((target) => ({ ...target, wave: 0 })));
  const offline = offlineOf(devices, facts);
  const missing_capabilities = missingOf(resolved, facts);
  const ends = endsOf(
    waves,
    targets.map(({ wave }) => wave),
  );
  return {
    ok: true,
    plan: {
      plan_hash,
      name: spec.name ?? defaultName(spec.action, items, now),
      total_targets: targets.length,
      items: labels,
      waves: wavesOf(resolved),
      offline,
      locked: lockedOf(devices, facts),
      missing_capabilities,
      disk_needed_bytes: downloadBytes(items),
      estimated_seconds: estimateSeconds(rolloutOf(spec.strategy, ends), items, past),
      undo: undoOf(spec, items),
      blue_green: blueGreenOf(spec, resolved),
      warnings: warningsOf(spec, resolved, offline.length, missing_capabilities.length),
    },
  };
};

/** What is not as it was confirmed; empty when all is. */
export const planChanges = async (
  db: Database,
  team: TeamId,
  spec: Spec,
  resolved: ResolvedDraft,
  hash: string,
): Promise<PlanDifference[]> => {
  const content = contentOf(spec, resolved);
  if ((await hashOf(content)) === hash) return [];
  const confirmed = await findPlan(db, team, hash);
  if (confirmed === null) return [{ path: 'plan_hash', message: 'is not the hash of a plan of the last day' }];
  const differences = planDifferences(PlanContent.parse(JSON.parse(confirmed)), content);
  return differences.length > 0 ? differences : [{ path: 'plan_hash', message: 'the plan has changed' }];
};

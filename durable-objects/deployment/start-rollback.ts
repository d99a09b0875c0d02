/**
 * A rollback: a new deployment that takes back, device by device, what an earlier one did. It goes in the same waves and under the
 * same error budget, without pauses and promotions between them: a step back must not wait.
 */
import { auditStatement } from '#database/audit.repository.ts';
import { fileIdsOf, loadForStart } from '#database/deployment-starts.repository.ts';
import { findDeployment, findRollback } from '#database/deployments.repository.ts';
import { otherColor, switchBack } from '#domain/deployment/blue-green.ts';
import type { ResolvedItem } from '#domain/deployment/items.ts';
import { describeUndo, mayHaveEffect, undoItem } from '#domain/deployment/undo.ts';
import type { UndoOffer } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import type { Activates, ActiveColor } from '#protocol/http/deployments.ts';
import { type DeploymentId, type FileId, newId } from '#protocol/ids.ts';
import type { Spec } from '#protocol/spec.ts';
import { type DeploymentStatus, isFinalDeployment } from '#protocol/states.ts';
import type { Strategy } from '#protocol/strategy.ts';
import { beginningOf } from '#protocol/text.ts';
import type { Plan } from './deployment-store.ts';
import { again, colorOf, type Recorded, type RecordedTarget, waved } from './derive.ts';
import type { Draft } from './draft.ts';
import { launch, type StartDeps, type StartInput, startRecorded } from './start-deployment.ts';
import type { Derived } from './start-retry.ts';

/** What a rollback would do about one target. */
export type TargetUndo = { target: RecordedTarget; undo: ResolvedItem | null; offer: UndoOffer };

/** Items behind those of the action are the switches of blue and green. */
const undoOfItem = ({ spec, items }: Recorded, index: number): ResolvedItem | null => {
  const item = items[index];
  if (item === undefined) return null;
  const { strategy } = spec;
  return strategy.type === 'blue_green' && item.side !== null
    ? switchBack(strategy, item)
    : undoItem(spec.action, item);
};

/** Target by target, for those that may have had an effect. */
export const undosOf = (recorded: Recorded): TargetUndo[] => {
  const undos = recorded.items.map((_, index) => undoOfItem(recorded, index));
  return recorded.targets
    .filter(({ status, started_at, undo }) => mayHaveEffect({ status, started: started_at !== null, undo }))
    .map((target) => {
      const undo = undos[target.item_index] ?? null;
      return { target, undo, offer: describeUndo(undo, target.undo) };
    });
};

/** Why a deployment cannot be rolled back at all; null when it can. `rollback` is one of it that goes on or has completed. */
export const whyNoRollback = (
  { deployment }: Recorded,
  undos: readonly TargetUndo[],
  rollback: { id: DeploymentId; status: DeploymentStatus } | null,
): string | null => {
  if (deployment.relation === 'rollback') return 'deployment is a rollback itself: deploy again what it took back';
  if (rollback !== null)
    return `${rollback.id} ${rollback.status === 'completed' ? 'has rolled it back' : 'rolls it back'} already`;
  if (!isFinalDeployment(deployment.status))
    return `deployment is ${deployment.status}: it can be rolled back once it has ended`;
  if (undos.length === 0) return 'nothing of it began on any device';
  return undos.some(({ offer }) => offer.possible) ? null : 'nothing of it can be undone';
};

/** The same waves and budget; nothing is waited for between them. */
const withoutWaits = (strategy: Strategy): Strategy => {
  switch (strategy.type) {
    case 'parallel':
      return strategy;
    case 'rolling':
      return { ...strategy, pause_seconds: 0 };
    case 'canary':
      return { ...strategy, bake_seconds: 0, promote: 'auto' };
    case 'blue_green':
      return { ...strategy, promote: 'auto' };
    default:
      return assertNever(strategy);
  }
};

/** The side that served before serves again first; then the other one is put back. */
const reversed = (targets: Draft['targets'], waves: number): Draft['targets'] =>
  targets.map((target) => ({ ...target, wave: waves - 1 - target.wave })).toSorted((a, b) => a.wave - b.wave);

/** On each device what was done last is taken back first: one item may rest on another. */
const lastFirst = (targets: Draft['targets']): Draft['targets'] =>
  [...Map.groupBy(targets, ({ wave, device_id }) => `${wave} ${device_id}`).values()].flatMap((group) =>
    group.toReversed(),
  );

/** Without a switch command no target tells it: then the pair must have been switched by this deployment, and by none since. */
const activatesBefore = (
  { spec, deployment, activates }: Recorded,
  undone: Draft['targets'],
  color: ActiveColor | null,
): Activates | null => {
  const { strategy } = spec;
  if (activates === null || strategy.type !== 'blue_green') return null;
  const switched =
    strategy.switch === null ? color?.deployment_id === deployment.id : undone.some(({ wave }) => wave > 0);
  return switched ? { ...activates, active: otherColor(activates.active) } : null;
};

type Found = { recorded: Recorded; file_ids: FileId[]; color: ActiveColor | null };

const draftOf = ({ recorded, file_ids, color }: Found, undos: readonly TargetUndo[]): Draft => {
  const { deployment } = recorded;
  const spec: Spec = { ...recorded.spec, strategy: withoutWaits(recorded.spec.strategy), health_check: null };
  const possible = undos.filter(({ offer }) => offer.possible);
  const undoByIndex = new Map(possible.map(({ target, undo }) => [target.item_index, undo]));
  const indexes = [...undoByIndex.keys()];
  const items = [...undoByIndex.values()].filter((undo) => undo !== null);
  const targets = possible.map(({ target, undo }) => ({
    ...again(target),
    item_index: indexes.indexOf(target.item_index),
    item: undo?.label ?? target.item,
    undoes: target.id,
  }));
  const ordered = lastFirst(spec.strategy.type === 'blue_green' ? reversed(targets, deployment.waves) : targets);
  return {
    name: beginningOf(`Roll back ${deployment.name}`, 200),
    spec,
    items,
    file_ids,
    ...waved(spec.strategy, ordered, deployment.waves),
    parent: { id: deployment.id, relation: 'rollback' },
    activates: activatesBefore(recorded, targets, color),
    firing: null,
  };
};

export const startRollback = async (
  deps: StartDeps,
  input: StartInput,
  of: DeploymentId,
  id: DeploymentId = newId('dep', deps.ids),
): Promise<Derived> => {
  const recorded = await loadForStart(deps.db, input.team_id, of);
  if (recorded === null) return { ok: false, refusal: 'unknown' };
  const undos = undosOf(recorded);
  const refusal = async (): Promise<Derived | null> => {
    const message = whyNoRollback(recorded, undos, await findRollback(deps.db, input.team_id, of));
    return message === null ? null : { ok: false, refusal: 'conflict', message };
  };
  const refused = await refusal();
  if (refused !== null) return refused;
  const [file_ids, color] = await Promise.all([
    fileIdsOf(deps.db, of),
    colorOf(deps.db, input.team_id, recorded.activates),
  ]);
  const draft = draftOf({ recorded, file_ids, color }, undos);
  try {
    return { ok: true, deployment: await launch(deps, input, id, draft) };
  } catch (error) {
    // Somebody else was quicker: the record takes one rollback at a time.
    const lost = await refusal();
    if (lost === null) throw error;
    return lost;
  }
};

/** The rollback that a deployment wants by its spec; answers why there is none. Safe to do twice: the id is given. */
export const rollBackByItself = async (
  deps: StartDeps,
  { team_id, deployment_id }: Plan,
  id: DeploymentId,
  now: Date,
): Promise<string | null> => {
  if ((await findDeployment(deps.db, team_id, id)) !== null) {
    await startRecorded(deps, team_id, id);
    return null;
  }
  const entry = (rollback: DeploymentId) => ({
    id: newId('aud', deps.ids),
    at: now.toISOString(),
    actor: 'deployx',
    action: 'deployments.rollback',
    subject_id: rollback,
    address: null,
    details: { deployment_id, automatic: true },
  });
  const alongside = (rollback: DeploymentId) => [auditStatement(deps.db, team_id, entry(rollback))];
  const started = await startRollback(deps, { team_id, created_by: null, now, alongside }, deployment_id, id);
  if (started.ok) return null;
  return started.refusal === 'unknown' ? 'its record is gone' : started.message;
};

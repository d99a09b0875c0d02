/** A deployment before it is written: what a spec comes to, or a part of an earlier deployment. */
import type { NewTarget } from '#database/deployment-targets.repository.ts';
import type { ResolvedItem } from '#domain/deployment/items.ts';
import type { Activates, Relation } from '#protocol/http/deployments.ts';
import type { DeploymentId, FileId } from '#protocol/ids.ts';
import type { Firing } from '#protocol/schedule.ts';
import type { Spec } from '#protocol/spec.ts';

/** A target that has no id yet; `wave` counts from 0. */
export type DraftTarget = Omit<NewTarget, 'id'>;

/** Everything about a deployment that is decided before it is written. */
export type Draft = {
  name: string;
  spec: Spec;
  items: ResolvedItem[];
  file_ids: FileId[];
  /** In the order in which they go. */
  targets: DraftTarget[];
  waves: number;
  parent: { id: DeploymentId; relation: Relation } | null;
  activates: Activates | null;
  /** Null when no schedule fired it. */
  firing: Firing | null;
};

/** What a spec comes to. */
export type ResolvedDraft = Pick<Draft, 'items' | 'file_ids' | 'targets' | 'waves' | 'activates'>;

import type { Counts } from '#protocol/http/deployments.ts';
import { type TargetCounts } from './deployment-state.ts';
/** Targets as people count them: what is on its way is one number. */
export declare const deploymentCounts: (counts: TargetCounts) => Counts;

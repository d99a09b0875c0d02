import { Capabilities } from '#protocol/agent/to-server.ts';
import type { HostId, TeamId } from '#protocol/ids.ts';
import type { ActionKind } from '#protocol/spec.ts';
import type { Database, Statement } from './database.ts';
/** Keeps what a hash stands for; the same hash always stands for the same. */
export declare const keepPlan: (db: Database, team: TeamId, hash: string, content: string, created_at: string) => Statement;
/** Null when it was never shown to this team, or too long ago. */
export declare const findPlan: (db: Database, team: TeamId, hash: string) => Promise<string | null>;
export declare const forgetPlans: (db: Database, before: string) => Promise<void>;
export type HostAbility = {
    id: HostId;
    online: boolean;
    last_seen_at: string | null;
    capabilities: Capabilities | null;
};
export declare const hostAbilities: (db: Database, team: TeamId, ids: readonly HostId[]) => Promise<HostAbility[]>;
/** Average seconds of completed targets in the last deployments of this kind, by item. */
export declare const pastSeconds: (db: Database, team: TeamId, kind: ActionKind, labels: readonly string[]) => Promise<Map<string, number>>;

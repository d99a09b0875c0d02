/** The variable by which all processes of a job are known, also those that left its session. */
import type { TargetId } from '#protocol/ids.ts';
import { platformOf } from '../machine.ts';
import { endLeftovers } from './end-tree.ts';

export const MARKER_VARIABLE = 'DEPLOYX_TARGET_ID';

export const markerOf = (targetId: TargetId): string => `${MARKER_VARIABLE}=${targetId}`;

/** For a job that was running when the agent was killed, before it is reported as interrupted or run again. */
export const endJobProcesses = (targetId: TargetId): Promise<void> =>
  endLeftovers(markerOf(targetId), platformOf(process.platform));

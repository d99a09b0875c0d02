/** What takes a target's effect back, as far as the server knows: the agent's own word comes with the target. Pure. */
import type { UndoOffer } from '#protocol/agent/to-server.ts';
import { assertNever } from '#protocol/assert.ts';
import type { Action } from '#protocol/spec.ts';
import type { TargetStatus } from '#protocol/states.ts';
import { type ResolvedItem, shorten } from './items.ts';

export type Undoable = { status: TargetStatus; started: boolean; undo: UndoOffer | null };

/** Only what began on its device may have an effect there. */
export const mayHaveEffect = ({ status, started }: Undoable): boolean =>
  started && (status === 'completed' || status === 'failed' || status === 'canceled');

const undoCommand = (action: Action) => (action.kind === 'command' || action.kind === 'script' ? action.undo : null);

/** What undoes an item of this spec; null when nothing does. */
export const undoItem = (action: Action, item: ResolvedItem): ResolvedItem | null => {
  const label = `undo ${item.label}`;
  switch (item.action.kind) {
    case 'command':
    case 'script': {
      const undo = undoCommand(action);
      if (undo === null) return null;
      const { env, secret_env } = item.action;
      const working_directory = item.action.kind === 'command' ? item.action.working_directory : null;
      return {
        label,
        action: { kind: 'command', ...undo, working_directory, env, secret_env },
        health_check: null,
        side: null,
      };
    }
    case 'software':
    case 'files':
      return { label, action: { kind: 'undo', action: item.action }, health_check: null, side: null };
    case 'undo':
      return null;
    default:
      return assertNever(item.action);
  }
};

/** In words, before it is asked for. `offer` is what the agent said with the target's result. */
export const describeUndo = (undo: ResolvedItem | null, offer: UndoOffer | null): UndoOffer => {
  if (undo === null) return { possible: false, text: 'cannot be undone: its spec names no undo command' };
  if (undo.action.kind === 'command') return { possible: true, text: `runs ${shorten(undo.action.command)}` };
  if (offer !== null) return offer;
  return { possible: true, text: 'is put back from what the agent kept, if it kept something' };
};

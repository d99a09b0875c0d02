import type { ActionContext, ActionOutcome } from './action.ts';

export const runAction = async (_context: ActionContext): Promise<ActionOutcome> => ({
  outcome: 'failed',
  reason: 'unsupported',
  exit_code: null,
  message: '',
  details: null,
});

/** The form of a team's rules for what is kept of what ran: text as a person types it, and the rules that it comes to. */
import { HistoryRules } from '#protocol/http/schedules.ts';

export type HistoryRulesForm = { days: string; executions: string };

export const formOfHistoryRules = ({ keep_days, keep_executions }: HistoryRules): HistoryRulesForm => ({
  days: String(keep_days),
  executions: String(keep_executions),
});

/** What is no number is sent as it came out, for the server to say so at the field. */
export const historyRulesOfForm = ({ days, executions }: HistoryRulesForm): HistoryRules => ({
  keep_days: Number(days.trim() || Number.NaN),
  keep_executions: Number(executions.trim() || Number.NaN),
});

/** History may go that would have stayed: worth a question before, unless the rules are refused anyway. */
export const keepsLess = (before: HistoryRules, after: HistoryRules): boolean =>
  HistoryRules.safeParse(after).success &&
  (after.keep_days < before.keep_days || after.keep_executions < before.keep_executions);

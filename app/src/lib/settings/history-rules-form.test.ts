import { expect, test } from 'vitest';
import { DEFAULT_HISTORY_RULES } from '#protocol/http/schedules.ts';
import { formOfHistoryRules, historyRulesOfForm, keepsLess } from './history-rules-form.ts';

test('the form comes back as it was', () => {
  expect(historyRulesOfForm(formOfHistoryRules(DEFAULT_HISTORY_RULES))).toEqual(DEFAULT_HISTORY_RULES);
});

test('what is no number is no rule', () => {
  expect(historyRulesOfForm({ days: ' ', executions: 'many' })).toEqual({
    keep_days: Number.NaN,
    keep_executions: Number.NaN,
  });
});

test('asks before history may go that would have stayed', () => {
  const rules = { keep_days: 90, keep_executions: 2000 };
  expect(keepsLess(rules, rules)).toBe(false);
  expect(keepsLess(rules, { ...rules, keep_days: 89 })).toBe(true);
  expect(keepsLess(rules, { keep_days: 400, keep_executions: 1999 })).toBe(true);
  expect(keepsLess(rules, { keep_days: 91, keep_executions: 2001 })).toBe(false);
  expect(keepsLess(rules, { keep_days: 0, keep_executions: 2000 }), 'it is refused').toBe(false);
});

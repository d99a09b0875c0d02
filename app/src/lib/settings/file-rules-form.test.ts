import { describe, expect, it } from 'vitest';
import { type FileRules, NO_FILE_RULES } from '#protocol/http/file-rules.ts';
import { deletesSooner, formOfRules, rulesOfForm } from './file-rules-form.ts';

describe('the form of file rules', () => {
  it.each<FileRules>([
    NO_FILE_RULES,
    {
      allowed_extensions: ['deb', 'tar.gz'],
      refused_extensions: ['exe'],
      max_file_bytes: 2_000_000_000,
      unused_files_expire_after_days: 30,
    },
    { ...NO_FILE_RULES, max_file_bytes: 1_500_000 },
    { ...NO_FILE_RULES, max_file_bytes: 123 },
  ])('comes back as it was: %j', (rules) => {
    expect(rulesOfForm(formOfRules(rules))).toEqual(rules);
  });

  it('takes extensions with whatever people put between them', () => {
    const form = { ...formOfRules(NO_FILE_RULES), allowed: ' .deb, rpm;tar.gz\n  zip ', refused: ' ' };
    expect(rulesOfForm(form)).toMatchObject({
      allowed_extensions: ['.deb', 'rpm', 'tar.gz', 'zip'],
      refused_extensions: [],
    });
  });

  it('asks before files may go that would have stayed', () => {
    const withDays = (days: number | null): FileRules => ({ ...NO_FILE_RULES, unused_files_expire_after_days: days });
    expect(deletesSooner(withDays(null), withDays(30))).toBe(true);
    expect(deletesSooner(withDays(30), withDays(29))).toBe(true);
    expect(deletesSooner(withDays(30), withDays(30))).toBe(false);
    expect(deletesSooner(withDays(30), withDays(31))).toBe(false);
    expect(deletesSooner(withDays(30), withDays(null))).toBe(false);
  });
});

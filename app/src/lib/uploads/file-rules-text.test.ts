import { expect, test } from 'vitest';
import { NO_FILE_RULES } from '#protocol/http/file-rules.ts';
import { fileRulesText } from './file-rules-text.ts';

test('rules are told one by one, and nothing where there are none', () => {
  expect(fileRulesText(NO_FILE_RULES)).toEqual([]);
  const rules = {
    allowed_extensions: ['deb', 'tar.gz'],
    refused_extensions: ['exe'],
    max_file_bytes: 2_000_000_000,
    unused_files_expire_after_days: 1,
  };
  expect(fileRulesText(rules)).toEqual([
    'Only .deb, .tar.gz.',
    'No .exe.',
    'At most 2.0 GB each.',
    'What nothing uses is deleted after 1 day.',
  ]);
});

/** What a team's rules for files say, in the few words that fit above a list. */
import type { FileRules } from '#protocol/http/file-rules.ts';
import { formatBytes, plural } from '../format/number.ts';

const list = (extensions: readonly string[]): string => extensions.map((extension) => `.${extension}`).join(', ');

/** One sentence for each rule; none when everything is let in and kept. */
export const fileRulesText = (rules: FileRules): string[] => {
  const { allowed_extensions, refused_extensions, max_file_bytes, unused_files_expire_after_days } = rules;
  const sentences: (string | null)[] = [
    allowed_extensions === null ? null : `Only ${list(allowed_extensions)}.`,
    refused_extensions.length === 0 ? null : `No ${list(refused_extensions)}.`,
    max_file_bytes === null ? null : `At most ${formatBytes(max_file_bytes)} each.`,
    unused_files_expire_after_days === null
      ? null
      : `What nothing uses is deleted after ${plural(unused_files_expire_after_days, 'day')}.`,
  ];
  return sentences.filter((sentence) => sentence !== null);
};

/** The form of a team's rules for files: text as a person types it, and the rules that it comes to. */
import type { FileRules } from '#protocol/http/file-rules.ts';

export const SIZE_UNITS = [
  { value: 'MB', label: 'MB' },
  { value: 'GB', label: 'GB' },
] as const;
export type SizeUnit = (typeof SIZE_UNITS)[number]['value'];

export type FileRulesForm = {
  /** Extensions with blanks or commas between them; empty allows all. */
  allowed: string;
  refused: string;
  /** Empty for no limit of the team's own. */
  size: string;
  unit: SizeUnit;
  /** Empty keeps all. */
  days: string;
};

const bytesOf = (unit: SizeUnit): number => (unit === 'GB' ? 1_000_000_000 : 1_000_000);

const sizeText = (bytes: number | null): { size: string; unit: SizeUnit } => {
  if (bytes === null) return { size: '', unit: 'MB' };
  const unit = bytes % bytesOf('GB') === 0 ? 'GB' : 'MB';
  return { size: String(bytes / bytesOf(unit)), unit };
};

export const formOfRules = (rules: FileRules): FileRulesForm => ({
  allowed: (rules.allowed_extensions ?? []).join(' '),
  refused: rules.refused_extensions.join(' '),
  ...sizeText(rules.max_file_bytes),
  days: rules.unused_files_expire_after_days?.toString() ?? '',
});

const extensionsOf = (text: string): string[] => text.split(/[\s,;]+/).filter((extension) => extension !== '');

/** What is no number is sent as it came out, for the server to say so at the field. */
const numberOf = (text: string): number | null => (text.trim() === '' ? null : Number(text));

export const rulesOfForm = ({ allowed, refused, size, unit, days }: FileRulesForm): FileRules => {
  const allowedExtensions = extensionsOf(allowed);
  const amount = numberOf(size);
  return {
    allowed_extensions: allowedExtensions.length === 0 ? null : allowedExtensions,
    refused_extensions: extensionsOf(refused),
    max_file_bytes: amount === null ? null : Math.round(amount * bytesOf(unit)),
    unused_files_expire_after_days: numberOf(days),
  };
};

/** Files may go that would have stayed: worth a question before. */
export const deletesSooner = (before: FileRules, after: FileRules): boolean => {
  const days = after.unused_files_expire_after_days;
  const former = before.unused_files_expire_after_days;
  return days !== null && (former === null || days < former);
};

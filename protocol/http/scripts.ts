import { z } from 'zod';
import { DeploymentId, ScriptId, TargetId } from '../ids.ts';
import { MAX_MESSAGE_CHARACTERS } from '../limits.ts';
import { Interpreter, ScriptContent } from '../script.ts';
import { Description, Instant, Name } from '../text.ts';
import { utf8Length } from '../utf8.ts';
import { PageQuery } from './page.ts';

export const ScriptSummary = z.object({
  id: ScriptId,
  name: z.string(),
  interpreter: Interpreter,
  description: z.string().nullable(),
  /** The newest version; each change of interpreter or content makes one. */
  version: z.int(),
  created_at: Instant,
  updated_at: Instant,
  updated_by: z.string().nullable(),
});
export type ScriptSummary = z.infer<typeof ScriptSummary>;

export const Script = ScriptSummary.extend({ content: z.string() });
export type Script = z.infer<typeof Script>;

export const ScriptVersionSummary = z.object({
  version: z.int(),
  interpreter: Interpreter,
  created_at: Instant,
  created_by: z.string().nullable(),
});
export type ScriptVersionSummary = z.infer<typeof ScriptVersionSummary>;

export const ScriptVersion = ScriptVersionSummary.extend({ content: z.string() });
export type ScriptVersion = z.infer<typeof ScriptVersion>;

/** Versions, newest first; the cursor is a version's number. */
export const ScriptVersionQuery = PageQuery.extend({ cursor: z.coerce.number().int().min(1).optional() });

const emptyIsNone = (text: string | null | undefined): string | null =>
  text === undefined || text === '' ? null : text;

const scriptShape = {
  name: Name,
  interpreter: Interpreter,
  content: ScriptContent,
  description: Description.nullish().transform(emptyIsNone),
};

export const CreateScript = z.strictObject(scriptShape);
export const UpdateScript = z.strictObject({
  name: Name.optional(),
  interpreter: Interpreter.optional(),
  content: ScriptContent.optional(),
  description: Description.nullable().transform(emptyIsNone).optional(),
});
export const ScriptQuery = PageQuery.extend({
  q: z.string().max(200).optional(),
  interpreter: Interpreter.optional(),
});

/** R2 takes keys of 1024 bytes, and the ids before the path take some of them. */
const MAX_REPORT_PATH_BYTES = 512;

const isPlainSegment = (segment: string): boolean =>
  segment !== '' && segment !== '.' && segment !== '..' && !/[\\\p{Cc}]/u.test(segment);

/** Where a file lies in the report folder: names with `/` between them, none of which leads out. */
export const ReportPath = z
  .string()
  .refine((path) => utf8Length(path) <= MAX_REPORT_PATH_BYTES, `must be at most ${MAX_REPORT_PATH_BYTES} bytes`)
  .refine((path) => path.isWellFormed() && path.split('/').every(isPlainSegment), 'must be a relative path');

/** What an agent names with each file of a report. */
export const ReportUpload = z.object({ path: ReportPath, attempt: z.coerce.number().int().min(1) });

/** What an agent says when it could not hand over all. */
export const ReportOmission = z.object({
  attempt: z.coerce.number().int().min(1),
  omitted: z.string().min(1).max(MAX_MESSAGE_CHARACTERS),
});

/** A file that a script left in its report folder. */
export const ReportFile = z.object({
  path: z.string(),
  size: z.int(),
  content_type: z.string(),
  /** Opens it for an hour without further sign-in, in a sandbox of its own. */
  url: z.string(),
});
export type ReportFile = z.infer<typeof ReportFile>;

export const Reports = z.object({
  deployment_id: DeploymentId,
  target_id: TargetId,
  items: z.array(ReportFile),
  /** What was left out because it was too much; null when all is there. */
  omitted: z.string().nullable(),
});
export type Reports = z.infer<typeof Reports>;

/** In one target's report folder. */
export const MAX_REPORT_FILES = 200;
export const MAX_REPORT_FILE_BYTES = 20 * 1024 * 1024;
export const MAX_REPORT_BYTES = 100 * 1024 * 1024;

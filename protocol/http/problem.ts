/** Errors of the HTTP API: RFC 9457 with field errors. */
import { z } from 'zod';
import { FieldIssue } from '../issues.ts';

export const Problem = z.object({
  /** A stable dotted code such as `deployments.not_found`. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(FieldIssue).optional(),
});
export type Problem = z.infer<typeof Problem>;

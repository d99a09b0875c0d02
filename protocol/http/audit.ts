import { z } from 'zod';
import { AuditId } from '../ids.ts';
import { Instant } from '../text.ts';
import { PageQuery } from './page.ts';

export const AuditEntry = z.object({
  id: AuditId,
  at: Instant,
  /** User name, or the host that enrolled. */
  actor: z.string(),
  /** A stable dotted verb such as `deployments.create`. */
  action: z.string(),
  subject_id: z.string().nullable(),
  address: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
export const AuditQuery = PageQuery.extend({
  actor: z.string().max(200).optional(),
  action: z.string().max(100).optional(),
  from: Instant.optional(),
  to: Instant.optional(),
});

/** Makes an enrollment token, for a person over the API and for the standalone system at its first start. */
import { auditStatement } from '#database/audit.repository.ts';
import type { Database, Statement } from '#database/database.ts';
import { insertEnrollmentToken } from '#database/enrollment.repository.ts';
import type { EnrollmentToken } from '#protocol/http/hosts.ts';
import type { GroupId, IdSource, TeamId } from '#protocol/ids.ts';
import { newId } from '#protocol/ids.ts';
import type { Labels } from '#protocol/text.ts';
import { newSecret, sha256Hex } from '../secrets.ts';

export type NewToken = {
  name: string;
  expires_in_seconds: number;
  max_uses: number | null;
  labels: Labels;
  group_ids: GroupId[];
};

type Wiring = { db: Database; ids: IdSource; now: Date };

export const createEnrollmentToken = async (
  { db, ids, now }: Wiring,
  teamId: TeamId,
  { expires_in_seconds, ...fields }: NewToken,
  audit: (id: string) => Statement,
): Promise<EnrollmentToken & { token: string }> => {
  const secret = newSecret('dxe', ids.randomBytes);
  const token: EnrollmentToken = {
    ...fields,
    id: newId('enr', ids),
    expires_at: new Date(now.getTime() + expires_in_seconds * 1000).toISOString(),
    uses: 0,
    created_at: now.toISOString(),
  };
  await db.batch([insertEnrollmentToken(db, teamId, token, await sha256Hex(secret)), audit(token.id)]);
  return { ...token, token: secret };
};

/** The audit entry for a token that the system made for itself. */
export const auditBySystem =
  ({ db, ids, now }: Wiring, teamId: TeamId) =>
  (id: string): Statement =>
    auditStatement(db, teamId, {
      id: newId('aud', ids),
      at: now.toISOString(),
      actor: 'system',
      action: 'enrollment_tokens.create',
      subject_id: id,
      address: null,
      details: {},
    });

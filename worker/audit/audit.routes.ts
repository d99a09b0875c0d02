import { listAuditEntries } from '#database/audit.repository.ts';
import { AuditEntry, AuditQuery } from '#protocol/http/audit.ts';
import { pageOf } from '#protocol/http/page.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';

const list = route(
  {
    method: 'get',
    path: '/audit',
    tag: 'audit',
    summary: 'Who changed what, the newest first',
    access: atLeast('admin'),
    query: AuditQuery,
    answer: { status: 200, description: 'Entries', schema: pageOf(AuditEntry) },
  },
  async ({ db, team_id, query }) => listAuditEntries(db, team_id, { ...query }),
);

export const auditRoutes = [list];

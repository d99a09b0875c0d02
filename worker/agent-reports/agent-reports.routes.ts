/**
 * What a script left in its report folder, handed over by the agent a file at a time (REP1 to REP4). The HostObject checks the proof of
 * the host key and that the job is the host's own and not over; the bytes then go to the bucket without touching the object.
 */
import { z } from 'zod';
import { type Attempt, recordOmission } from '#database/reports.repository.ts';
import { ReportOmission, ReportUpload } from '#protocol/http/scripts.ts';
import { TargetId } from '#protocol/ids.ts';
import type { AgentContext } from '../context.ts';
import { agents } from '../http/access.ts';
import { type Refusal, refuse } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { storeReport } from './store-report.ts';

const params = z.object({ target_id: TargetId });

const authorize = async (
  { env, agent, dependencies }: AgentContext,
  target_id: TargetId,
  attempt: number,
): Promise<{ ok: true; attempt: Attempt } | { ok: false; refusal: Refusal }> => {
  const host = dependencies.host(env, agent.host_id);
  const answer = await host.authorizeReport({ proof: agent.proof, target_id, attempt });
  if (answer.ok) return { ok: true, attempt: answer };
  const { status, type, detail, server_time } = answer;
  return { ok: false, refusal: refuse(status, type, detail, { extra: { server_time } }) };
};

const upload = route(
  {
    method: 'put',
    path: '/agent/reports/{target_id}',
    tag: 'agent',
    summary:
      'A file from the report folder of a job of this host that is not over; the same path again takes its place',
    access: agents,
    params,
    query: ReportUpload,
    rawBody: { contentTypes: ['application/octet-stream'], description: 'The bytes, with a `Content-Length`' },
    answer: { status: 204, description: 'It is kept' },
    refusals: [411, 413],
  },
  async (context) => {
    const { target_id } = context.params;
    const authorized = await authorize(context, target_id, context.query.attempt);
    return authorized.ok ? storeReport(context, authorized.attempt, context.query.path) : authorized.refusal;
  },
);

const omit = route(
  {
    method: 'post',
    path: '/agent/reports/{target_id}',
    tag: 'agent',
    summary: 'Says what of a report was left out',
    access: agents,
    params,
    query: ReportOmission,
    answer: { status: 204, description: 'It is noted' },
  },
  async (context) => {
    const { attempt, omitted } = context.query;
    const authorized = await authorize(context, context.params.target_id, attempt);
    if (!authorized.ok) return authorized.refusal;
    await recordOmission(context.db, authorized.attempt, omitted);
    return undefined;
  },
);

export const agentReportRoutes = [upload, omit];

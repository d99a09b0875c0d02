/**
 * Reports that scripts left: listed for the team, and opened by signed links. What they hold is written by whoever wrote the script, so it
 * is shown in a sandbox: of an origin of its own, without the session, and with nothing to load from or send to but the report itself.
 */
import { z } from 'zod';
import { findTarget } from '#database/deployment-targets.repository.ts';
import { findReports } from '#database/reports.repository.ts';
import { ReportPath, Reports } from '#protocol/http/scripts.ts';
import { DeploymentId, TargetId } from '#protocol/ids.ts';
import { deploymentNotFound } from '../deployments/deployments.errors.ts';
import { anyone, atLeast } from '../http/access.ts';
import { notFound } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { reportContentType } from './content-type.ts';
import { openReportLink, reportUrl, signReportLink } from './report-links.ts';

const list = route(
  {
    method: 'get',
    path: '/deployments/{deployment_id}/targets/{target_id}/reports',
    tag: 'deployments',
    summary: "Files that the target's script left in its report folder, with links that open them for an hour",
    access: atLeast('viewer'),
    params: z.object({ deployment_id: DeploymentId, target_id: TargetId }),
    answer: { status: 200, description: 'The reports of the newest attempt that left any', schema: Reports },
  },
  async ({ db, env, team_id, now, params: { deployment_id, target_id } }) => {
    if ((await findTarget(db, team_id, deployment_id, target_id)) === null) return deploymentNotFound();
    const { attempt, files, omitted } = await findReports(db, team_id, target_id);
    const token =
      files.length === 0 ? '' : await signReportLink(env, { team_id, deployment_id, target_id, attempt }, now);
    const items = files.map(({ path, size }) => ({
      path,
      size,
      content_type: reportContentType(path),
      url: reportUrl(token, path),
    }));
    return { deployment_id, target_id, items, omitted };
  },
);

/**
 * `sandbox` without `allow-same-origin`: an opaque origin, to which no cookie of ours belongs. `'self'` still means this server, so that
 * images, styles and scripts beside the document load.
 */
const CONTENT_SECURITY_POLICY = [
  'sandbox allow-scripts',
  "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

const headersFor = (path: string, object: R2ObjectBody): Record<string, string> => ({
  'content-type': reportContentType(path),
  'content-length': String(object.size),
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // The link is all that it takes, so a document of no origin may read what lies beside it.
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'private, max-age=300',
});

const open = route(
  {
    method: 'get',
    path: '/reports/{token}/{path...}',
    tag: 'reports',
    summary: 'A file of a report, by a link that was given out less than an hour ago',
    access: anyone,
    params: z.object({ token: z.string().min(1).max(2000), path: ReportPath }),
    answer: { status: 200, description: 'The file', contentType: 'application/octet-stream' },
  },
  async ({ env, now, params: { token, path } }) => {
    const prefix = await openReportLink(env, token, now);
    const object = prefix === null ? null : await env.FILES.get(prefix + path);
    return object === null ? notFound('reports') : new Response(object.body, { headers: headersFor(path, object) });
  },
);

export const reportRoutes = [list, open];

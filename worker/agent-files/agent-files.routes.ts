/**
 * An agent's download of a file that one of its jobs names (FILE1, FILE2). The HostObject checks the proof of the host key and that
 * the host has such a job; the bytes then go from the bucket to the agent without touching the object.
 */
import { z } from 'zod';
import { FileId } from '#protocol/ids.ts';
import { serveObject } from '../files/serve-object.ts';
import { agents } from '../http/access.ts';
import { refuse } from '../http/problem.ts';
import { route } from '../http/route.ts';

/** An agent needs no type, and bytes of this one are compressed by nobody on the way. */
const CONTENT_TYPE = 'application/octet-stream';

const downloadForJob = route(
  {
    method: 'get',
    path: '/agent/files/{file_id}',
    tag: 'agent',
    summary: 'The bytes of a file that a job of this host needs; answers ranges',
    access: agents,
    params: z.object({ file_id: FileId }),
    answer: { status: 200, description: 'The bytes, or with `Range` a part of them (206)', contentType: CONTENT_TYPE },
    refusals: [416],
  },
  async ({ env, agent, params, http, dependencies }) => {
    const host = dependencies.host(env, agent.host_id);
    const file = await host.authorizeFile({ proof: agent.proof, file_id: params.file_id });
    if (!file.ok) return refuse(file.status, file.type, file.detail, { extra: { server_time: file.server_time } });
    const { key, size, sha256, filename } = file;
    return serveObject(env.FILES, http.req.raw, { key, size, sha256, filename, content_type: CONTENT_TYPE });
  },
);

export const agentFileRoutes = [downloadForJob];

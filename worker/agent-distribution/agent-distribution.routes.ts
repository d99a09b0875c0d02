import { anyone } from '../http/access.ts';
import { malformed, type Refusal } from '../http/problem.ts';
import { route } from '../http/route.ts';
import { powershellScript, serverOrigin, shellScript } from './install-scripts.ts';

const tag = 'agent';

/** Where the dashboard's static files hold the agent; it is large, and a file server's business. */
const BUNDLE_PATH = '/agent/deployx-agent.mjs';

const bundle = route(
  {
    method: 'get',
    path: '/agent/bundle',
    tag,
    summary: 'The agent as one file for Node 20 or later',
    access: anyone,
    answer: { status: 302, description: 'Where the file is' },
  },
  async () => new Response(null, { status: 302, headers: { location: BUNDLE_PATH } }),
);

const answerScript = (url: string, script: (origin: string) => string): Response | Refusal => {
  const origin = serverOrigin(url);
  if (origin === null) return malformed('agent.host', 'The host of the request cannot stand in a script.');
  return new Response(script(origin), { headers: { 'content-type': 'text/plain; charset=utf-8' } });
};

const shell = route(
  {
    method: 'get',
    path: '/agent/install.sh',
    tag,
    summary: 'Installs and enrolls an agent on Linux and macOS',
    access: anyone,
    answer: { status: 200, description: 'A script for sh', contentType: 'text/plain' },
    refusals: [400],
  },
  async ({ http }) => answerScript(http.req.url, shellScript),
);

const powershell = route(
  {
    method: 'get',
    path: '/agent/install.ps1',
    tag,
    summary: 'Installs and enrolls an agent on Windows',
    access: anyone,
    answer: { status: 200, description: 'A script for PowerShell', contentType: 'text/plain' },
    refusals: [400],
  },
  async ({ http }) => answerScript(http.req.url, powershellScript),
);

export const agentDistributionRoutes = [bundle, shell, powershell];

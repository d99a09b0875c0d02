/**
 * The environment of a job's processes. The agent's own is not handed on, since it may hold secrets of whoever started
 * it; jobs get what describes the machine, then the policy's `env`, then their own, then who they are.
 */
import type { Job, JobAction } from '#protocol/agent/job.ts';
import type { Platform } from '../policy/paths.ts';
import type { Policy } from '../policy/policy.ts';
import type { JobUser } from '../policy/run-as.ts';
import { MARKER_VARIABLE } from './process/marker.ts';

type Env = Readonly<Record<string, string | undefined>>;

const unixNames =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|XDG_RUNTIME_DIR|SSL_CERT_(?:FILE|DIR)|(?:https?|ftp|all|no)_proxy|(?:HTTPS?|FTP|ALL|NO)_PROXY)$/;

/** Windows programs break without many of its variables, so there only what belongs to the agent's start is left out. */
const foreignToWindowsJobs = /^(?:DEPLOYX_|NPM_|NODE_|CLOUDFLARE_|INIT_CWD$)|TOKEN|SECRET|PASSWORD/i;

const UNIX_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Without the folders that npm puts in front, and with the standard ones, which services often lack and dpkg needs. */
export const jobPath = (path: string | undefined): string => {
  const own = (path ?? '').split(':').filter((folder) => folder !== '' && !/\/node_modules\//.test(`${folder}/`));
  return [...own, ...UNIX_PATH.filter((folder) => !own.includes(folder))].join(':');
};

const pick = (env: Env, wanted: (name: string) => boolean): Record<string, string> => {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && wanted(name)) picked[name] = value;
  return picked;
};

const machineEnvironment = (platform: Platform, env: Env): Record<string, string> => {
  if (platform === 'windows') return pick(env, (name) => !foreignToWindowsJobs.test(name));
  return { ...pick(env, (name) => unixNames.test(name)), PATH: jobPath(env.PATH) };
};

const userEnvironment = (user: JobUser | null): Record<string, string> =>
  user === null ? {} : { HOME: user.home, USER: user.name, LOGNAME: user.name };

export const jobVariables = (job: Job): Record<string, string> => ({
  [MARKER_VARIABLE]: job.target_id,
  DEPLOYX_DEPLOYMENT_ID: job.deployment_id,
  DEPLOYX_DEVICE_KEY: job.device_key,
  DEPLOYX_ATTEMPT: String(job.attempt),
});

const actionVariables = (action: JobAction): Record<string, string> => {
  if (action.kind === 'command') return action.env;
  if (action.kind !== 'script') return {};
  const { env, userinterface_name } = action;
  return userinterface_name === null ? env : { ...env, DEPLOYX_USERINTERFACE_NAME: userinterface_name };
};

type Parts = { platform: Platform; processEnv: Env; policy: Policy; user: JobUser | null; job: Job };

export const jobEnvironment = ({ platform, processEnv, policy, user, job }: Parts): Record<string, string> => ({
  ...machineEnvironment(platform, processEnv),
  ...userEnvironment(user),
  ...policy.env,
  ...actionVariables(job.action),
  ...jobVariables(job),
});

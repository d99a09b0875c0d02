/** May this job run here? Pure; where it may write is decided in `allowed-path.ts`, because that needs the disk. */
import type { CommandJob, JobAction, SoftwareJob } from '#protocol/agent/job.ts';
import { assertNever } from '#protocol/assert.ts';
import type { Shell } from '#protocol/spec.ts';
import { allowPatternMatches, denyPatternMatches } from './command-patterns.ts';
import type { Policy } from './policy.ts';

export type Decision = { allowed: true } | { allowed: false; message: string };

const allowed: Decision = { allowed: true };
const refused = (message: string): Decision => ({ allowed: false, message });

const decideCommandText = (policy: Policy, command: string, shell: Shell): Decision => {
  const denied = policy.deny_commands.find((pattern) => denyPatternMatches(pattern, command, shell));
  if (denied !== undefined) return refused(`deny_commands: the command matches "${denied}"`);
  if (policy.allow_commands === null) return allowed;
  if (policy.allow_commands.some((pattern) => allowPatternMatches(pattern, command, shell))) return allowed;
  return refused('allow_commands: the command matches none of the allowed patterns');
};

const decideEnvironment = (policy: Policy, env: CommandJob['env']): Decision => {
  if (policy.allow_commands === null) return allowed;
  const stranger = Object.keys(env).find((name) => !Object.hasOwn(policy.env, name));
  if (stranger === undefined) return allowed;
  return refused(`allow_commands: a job may not set ${stranger}, which the policy's env does not name`);
};

const decideCommand = (policy: Policy, action: CommandJob): Decision => {
  const decision = decideCommandText(policy, action.command, action.shell);
  return decision.allowed ? decideEnvironment(policy, action.env) : decision;
};

const decideSoftware = (policy: Policy, action: SoftwareJob): Decision => {
  if (action.operation === 'uninstall') {
    if (action.uninstall_command === null) return allowed;
    return decideCommandText(policy, action.uninstall_command, 'sh');
  }
  if (action.package_type === 'sh' && policy.allow_commands !== null)
    return refused('allow_commands: sh packages run commands that are not known beforehand');
  return allowed;
};

export const decideAction = (policy: Policy, action: JobAction): Decision => {
  if (!policy.actions.includes(action.kind)) return refused(`actions: ${action.kind} is not allowed on this host`);
  switch (action.kind) {
    case 'command':
      return decideCommand(policy, action);
    case 'software':
      return decideSoftware(policy, action);
    case 'files':
      return allowed;
    default:
      return assertNever(action);
  }
};

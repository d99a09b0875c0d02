/** May this job run here? Pure; where it may write is decided in `allowed-path.ts`, because that needs the disk. */
import type { CommandJob, Job, JobAction, ScriptJob, SoftwareJob, UndoJob } from '#protocol/agent/job.ts';
import { assertNever } from '#protocol/assert.ts';
import type { HealthCheck } from '#protocol/health-check.ts';
import type { Interpreter } from '#protocol/script.ts';
import type { Shell } from '#protocol/shell.ts';
import { fileNameOfUrl, type PackageType, packageTypeOfFile } from '#protocol/software.ts';
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

/** It runs in `cmd` on Windows, which takes names in any letter case: so what is denied is denied in any. */
const decidePackageCommand = (policy: Policy, command: string): Decision => {
  const decision = decideCommandText({ ...policy, allow_commands: null }, command, 'cmd');
  return decision.allowed ? decideCommandText(policy, command, 'sh') : decision;
};

/** A package without a type is what its file's name says. */
export const packageTypeOf = ({ package_type, source }: SoftwareJob): PackageType | null => {
  if (package_type !== null || source.type === 'repository') return package_type;
  return packageTypeOfFile(source.type === 'file' ? source.file.filename : fileNameOfUrl(source.url));
};

const decideSoftware = (policy: Policy, action: SoftwareJob): Decision => {
  if (action.operation === 'uninstall') {
    if (action.uninstall_command === null) return allowed;
    return decidePackageCommand(policy, action.uninstall_command);
  }
  const type = packageTypeOf(action);
  if ((type === 'sh' || type === 'exe') && policy.allow_commands !== null)
    return refused(`allow_commands: ${type} packages run commands that are not known beforehand`);
  return allowed;
};

/** Of the languages that a script may be in, two take names in any letter case. */
const patternShellOf = (interpreter: Interpreter): Shell =>
  interpreter === 'cmd' || interpreter === 'powershell' ? interpreter : 'sh';

/** A library's name says nothing about what the server sends under it, so an allow list lets no script through. */
const decideScript = (policy: Policy, { content, interpreter }: ScriptJob): Decision => {
  if (policy.allow_commands !== null)
    return refused('allow_commands: scripts run commands that are not known beforehand');
  const shell = patternShellOf(interpreter);
  const denied = policy.deny_commands.find((pattern) => denyPatternMatches(pattern, content, shell));
  return denied === undefined ? allowed : refused(`deny_commands: the script matches "${denied}"`);
};

/** What an undo comes to is known when it is under way: each step is judged again as the action that it is. */
const decideUndo = (policy: Policy, { action }: UndoJob): Decision => {
  if (!policy.actions.includes(action.kind)) return refused(`actions: ${action.kind} is not allowed on this host`);
  if (action.kind === 'files' || action.rollback_command === null) return allowed;
  return decidePackageCommand(policy, action.rollback_command);
};

export const decideAction = (policy: Policy, action: JobAction): Decision => {
  if (action.kind === 'undo') return decideUndo(policy, action);
  if (!policy.actions.includes(action.kind)) return refused(`actions: ${action.kind} is not allowed on this host`);
  switch (action.kind) {
    case 'command':
      return decideCommand(policy, action);
    case 'script':
      return decideScript(policy, action);
    case 'software':
      return decideSoftware(policy, action);
    case 'files':
      return allowed;
    default:
      return assertNever(action);
  }
};

/** A command that checks is a command like any other. */
const decideHealthCheck = (policy: Policy, check: HealthCheck): Decision => {
  if (check.type !== 'command') return allowed;
  if (!policy.actions.includes('command'))
    return refused('actions: command is not allowed on this host, and the health check is one');
  const decision = decideCommandText(policy, check.command, check.shell);
  return decision.allowed ? decision : refused(`${decision.message} (health check)`);
};

/** Everything that the job brings is judged before any of it is done. */
export const decideJob = (policy: Policy, { action, health_check }: Pick<Job, 'action' | 'health_check'>): Decision => {
  const decision = decideAction(policy, action);
  return decision.allowed && health_check !== null ? decideHealthCheck(policy, health_check) : decision;
};

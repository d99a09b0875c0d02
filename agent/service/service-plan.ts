/**
 * How the agent is made to run at every start of a machine: the files and the programs' arguments for each operating system,
 * as data. Pure, so that all three can be tested on one. Carried out by `run-service-command.ts`.
 */
import { posix, win32 } from 'node:path';
import { launchdPlist } from './launchd.ts';
import { systemdUnit } from './systemd.ts';
import { windowsTask } from './windows-task.ts';

export const SERVICE_NAME = 'deployx-agent';
const LAUNCHD_LABEL = 'com.deployx.agent';
const WINDOWS_TASK = 'DeployX Agent';

export type ServiceFacts = {
  platform: NodeJS.Platform;
  home: string;
  privileged: boolean;
  /** What starts this very program: an executable, or Node and a script. */
  command: readonly string[];
  stateDirectory: string;
  userId?: number;
};

export type ServiceStep =
  | { type: 'write'; path: string; content: string; encoding: 'utf8' | 'utf16le' }
  | { type: 'remove'; path: string }
  /** `optional`: it may fail, as stopping what does not run does. */
  | { type: 'run'; args: readonly [string, ...string[]]; optional: boolean };

export type ServicePlan = { ok: true; steps: readonly ServiceStep[] } | { ok: false; error: string };

const run = (...args: [string, ...string[]]): ServiceStep => ({ type: 'run', args, optional: false });
const tryRun = (...args: [string, ...string[]]): ServiceStep => ({ type: 'run', args, optional: true });
const write = (path: string, content: string, encoding: 'utf8' | 'utf16le' = 'utf8'): ServiceStep => ({
  type: 'write',
  path,
  content,
  encoding,
});

const runCommand = ({ command, stateDirectory }: ServiceFacts): string[] => [
  ...command,
  'run',
  '--state-dir',
  stateDirectory,
];

const systemd = (operation: 'install' | 'uninstall', facts: ServiceFacts): readonly ServiceStep[] => {
  const folder = facts.privileged ? '/etc/systemd/system' : posix.join(facts.home, '.config/systemd/user');
  const path = posix.join(folder, `${SERVICE_NAME}.service`);
  const scope = facts.privileged ? [] : ['--user'];
  const unit = systemdUnit(runCommand(facts), facts.privileged);
  if (operation === 'install')
    return [
      write(path, unit),
      run('systemctl', ...scope, 'daemon-reload'),
      run('systemctl', ...scope, 'enable', SERVICE_NAME),
      run('systemctl', ...scope, 'restart', SERVICE_NAME),
    ];
  return [
    tryRun('systemctl', ...scope, 'disable', '--now', SERVICE_NAME),
    { type: 'remove', path },
    tryRun('systemctl', ...scope, 'daemon-reload'),
  ];
};

const launchd = (operation: 'install' | 'uninstall', facts: ServiceFacts): readonly ServiceStep[] => {
  const folder = facts.privileged ? '/Library/LaunchDaemons' : posix.join(facts.home, 'Library/LaunchAgents');
  const path = posix.join(folder, `${LAUNCHD_LABEL}.plist`);
  const domain = facts.privileged ? 'system' : `gui/${facts.userId ?? 501}`;
  const bootOut = tryRun('launchctl', 'bootout', `${domain}/${LAUNCHD_LABEL}`);
  if (operation === 'uninstall') return [bootOut, { type: 'remove', path }];
  const logs = facts.privileged ? '/Library/Logs' : posix.join(facts.home, 'Library/Logs');
  const plist = launchdPlist(LAUNCHD_LABEL, runCommand(facts), posix.join(logs, 'deployx-agent.log'));
  return [write(path, plist), bootOut, run('launchctl', 'bootstrap', domain, path)];
};

const windows = (operation: 'install' | 'uninstall', facts: ServiceFacts): readonly ServiceStep[] => {
  const stop = tryRun('schtasks.exe', '/End', '/TN', WINDOWS_TASK);
  if (operation === 'uninstall') return [stop, run('schtasks.exe', '/Delete', '/TN', WINDOWS_TASK, '/F')];
  const path = win32.join(facts.stateDirectory, 'service-task.xml');
  return [
    write(path, windowsTask(runCommand(facts)), 'utf16le'),
    stop,
    run('schtasks.exe', '/Create', '/TN', WINDOWS_TASK, '/XML', path, '/F'),
    run('schtasks.exe', '/Run', '/TN', WINDOWS_TASK),
  ];
};

export const servicePlan = (operation: 'install' | 'uninstall', facts: ServiceFacts): ServicePlan => {
  switch (facts.platform) {
    case 'linux':
      return { ok: true, steps: systemd(operation, facts) };
    case 'darwin':
      return { ok: true, steps: launchd(operation, facts) };
    case 'win32':
      return { ok: true, steps: windows(operation, facts) };
    default:
      return { ok: false, error: `service: ${facts.platform} has no service manager that the agent knows` };
  }
};

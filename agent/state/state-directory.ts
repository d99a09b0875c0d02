/** Where an agent keeps what it knows. Everything lies below one folder, so that several agents can live on one machine. */
import { join, posix, win32 } from 'node:path';

export type DirectoryFacts = {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  /** Root on Unix; an agent without it keeps its state in the user's own folders. */
  privileged: boolean;
};

export const defaultStateDirectory = ({ platform, env, home, privileged }: DirectoryFacts): string => {
  if (platform === 'win32') return win32.join(env.ProgramData ?? 'C:\\ProgramData', 'DeployX Agent');
  if (platform === 'darwin')
    return posix.join(
      privileged ? '/Library/Application Support' : `${home}/Library/Application Support`,
      'DeployX Agent',
    );
  if (privileged) return '/var/lib/deployx-agent';
  const state = env.XDG_STATE_HOME;
  // The XDG rules say that a relative path there is to be ignored.
  return posix.join(state?.startsWith('/') ? state : posix.join(home, '.local/state'), 'deployx-agent');
};

export type StateFiles = {
  directory: string;
  agentFile: string;
  hostKey: string;
  machineId: string;
  status: string;
  lock: string;
  journal: string;
  hostLog: string;
  hostLogState: string;
  spool: string;
  work: string;
  cache: string;
  backups: string;
};

export const stateFiles = (directory: string): StateFiles => ({
  directory,
  agentFile: join(directory, 'agent.json'),
  hostKey: join(directory, 'host-key.pem'),
  machineId: join(directory, 'machine-id'),
  status: join(directory, 'status.json'),
  lock: join(directory, 'agent.lock'),
  journal: join(directory, 'journal.ndjson'),
  hostLog: join(directory, 'deployments.log'),
  hostLogState: join(directory, 'deployments.log.json'),
  spool: join(directory, 'spool'),
  work: join(directory, 'work'),
  cache: join(directory, 'cache'),
  backups: join(directory, 'backups'),
});

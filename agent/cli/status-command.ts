/** `deployx-agent status`: read from the state folder, so that it works whether the agent runs or not. */

import { readJournal } from '../jobs/journal.ts';
import { journaledJobs } from '../jobs/journal-records.ts';
import { readAgentFile } from '../state/agent-file.ts';
import { lockHolder } from '../state/process-lock.ts';
import type { StateFiles } from '../state/state-directory.ts';
import { readStatus } from '../state/status-file.ts';

export type StatusReport = {
  state_dir: string;
  /** The agent's copy of its host's log. */
  host_log: string;
  enrolled: boolean;
  server: string | null;
  host_id: string | null;
  running: boolean;
  pid: number | null;
  connection: 'connecting' | 'connected' | 'stopped';
  since: string | null;
  last_error: string | null;
  version: string | null;
  jobs: { accepted: number; started: number; finished: number };
};

export const statusReport = async (files: StateFiles): Promise<StatusReport> => {
  const read = await readAgentFile(files.agentFile);
  const status = readStatus(files.status);
  const pid = lockHolder(files.lock);
  const jobs = { accepted: 0, started: 0, finished: 0 };
  for (const job of journaledJobs((await readJournal(files.journal)).state)) jobs[job.state] += 1;
  return {
    state_dir: files.directory,
    host_log: files.hostLog,
    enrolled: read.ok,
    server: read.ok ? read.file.server : null,
    host_id: read.ok ? read.file.host_id : null,
    running: pid !== null,
    pid,
    connection: pid === null ? 'stopped' : (status?.connection ?? 'connecting'),
    since: status?.since ?? null,
    last_error: read.ok || read.missing ? (status?.last_error ?? null) : `agent.json: ${read.error}`,
    version: pid === null ? null : (status?.version ?? null),
    jobs,
  };
};

export const statusText = (report: StatusReport): string => {
  const state = report.running
    ? `running (pid ${report.pid}), ${report.connection} since ${report.since}`
    : 'not running';
  const { accepted, started, finished } = report.jobs;
  const lines = [
    ['state', state],
    ['enrolled', report.enrolled ? `${report.host_id} at ${report.server}` : 'no'],
    ['state dir', report.state_dir],
    ['host log', report.host_log],
    ['jobs', `${started} running, ${accepted} waiting, ${finished} to report`],
    ...(report.last_error === null ? [] : [['last error', report.last_error]]),
  ];
  return `${lines.map(([name = '', value = '']) => `${name.padEnd(11)}${value}`).join('\n')}\n`;
};

/**
 * One agent: its state folder, its jobs and its connection, put together. Starts from what an earlier run left, and stops so
 * that the next run finds everything it needs. Called by `main.ts`.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOL_MAX, PROTOCOL_MIN } from '#protocol/agent/connection.ts';
import type { Capabilities, Hello } from '#protocol/agent/to-server.ts';
import type { HostId, TargetId } from '#protocol/ids.ts';
import { type Connection, createConnection } from './connection/connection.ts';
import { createServerClock } from './connection/server-clock.ts';
import { createOpenFile } from './connection/server-files.ts';
import { createSendReport } from './connection/server-reports.ts';
import { type HostKey, loadHostKey } from './credentials/host-key.ts';
import { makeProof } from './credentials/proof.ts';
import { hostInfo } from './host/host-info.ts';
import { HostLog } from './host-log/host-log.ts';
import { HostLogFile, type HostLogFileOptions } from './host-log/host-log-file.ts';
import { spoolPath } from './jobs/job-entry.ts';
import { Jobs } from './jobs/jobs.ts';
import { Journal, type JournalOptions } from './jobs/journal.ts';
import type { RunAction } from './jobs/run-job.ts';
import type { Log } from './log.ts';
import { type AgentFile, readAgentFile } from './state/agent-file.ts';
import { acquireLock } from './state/process-lock.ts';
import type { StateFiles } from './state/state-directory.ts';
import { type AgentStatus, writeStatus } from './state/status-file.ts';
import { watchFile } from './state/watch-file.ts';
import { PASSABLE_DIRECTORY_MODE, PRIVATE_DIRECTORY_MODE } from './state/write-file.ts';
import { AGENT_VERSION } from './version.ts';

/** What a job gets to end by itself when the agent is stopped; a service manager waits much longer. */
const STOP_GRACE_MS = 5000;

export type AgentOptions = {
  files: StateFiles;
  runAction: RunAction;
  capabilities: () => Capabilities;
  endLeftovers: (targetId: TargetId) => Promise<void>;
  log: Log;
  /** Puts lines of the host's log on the console. */
  showLines: (text: string) => void;
  now: () => number;
  random: () => number;
  stopGraceMs?: number;
  lookEveryMs?: number;
  syncJournal?: NonNullable<JournalOptions['sync']>;
  syncHostLog?: NonNullable<HostLogFileOptions['sync']>;
};

export type Agent = {
  /** Resolves when the agent has stopped, with the reason. */
  run: () => Promise<string>;
  stop: () => void;
};

export type OpenedAgent = { ok: true; agent: Agent } | { ok: false; error: string };

const notEnrolled = ({ directory }: StateFiles): OpenedAgent => ({
  ok: false,
  error: `${directory} holds no enrolled agent; run: deployx-agent enroll --server URL --token T --state-dir ${directory}`,
});

/** Work folders are never used again, and a spool without a job has nobody who would send it. */
const tidyFolders = (files: StateFiles, journal: Journal): void => {
  rmSync(files.work, { recursive: true, force: true });
  mkdirSync(files.work, { recursive: true, mode: PASSABLE_DIRECTORY_MODE });
  mkdirSync(files.cache, { recursive: true, mode: PASSABLE_DIRECTORY_MODE });
  mkdirSync(files.backups, { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
  mkdirSync(files.spool, { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
  const wanted = new Set([...journal.state.live.keys()].map((key) => spoolPath(files.spool, key)));
  for (const name of readdirSync(files.spool)) {
    const path = join(files.spool, name);
    if (!wanted.has(path)) rmSync(path, { recursive: true, force: true });
  }
};

const openHostLog = async ({ files, log, showLines, syncHostLog }: AgentOptions): Promise<HostLog> => {
  const sync = syncHostLog === undefined ? {} : { sync: syncHostLog };
  const file = await HostLogFile.open({ path: files.hostLog, statePath: files.hostLogState, log, ...sync });
  return new HostLog({ file, show: showLines, log });
};

export const openAgent = async (options: AgentOptions): Promise<OpenedAgent> => {
  const { files, log, now } = options;
  const read = await readAgentFile(files.agentFile);
  if (!read.ok) return read.missing ? notEnrolled(files) : { ok: false, error: `${files.agentFile}: ${read.error}` };
  const key = await loadHostKey(files.hostKey);
  if (key === null) return notEnrolled(files);
  const lock = acquireLock(files.lock);
  if (!lock.ok)
    return { ok: false, error: `--state-dir: an agent with pid ${lock.pid} already runs in ${files.directory}` };
  const sync = options.syncJournal === undefined ? {} : { sync: options.syncJournal };
  const journal = await Journal.open({ path: files.journal, log, now, ...sync });
  tidyFolders(files, journal);
  const hostLog = await openHostLog(options);
  return { ok: true, agent: createAgent(options, { file: read.file, key, journal, hostLog, unlock: lock.release }) };
};

type Opened = { file: AgentFile; key: HostKey; journal: Journal; hostLog: HostLog; unlock: () => void };

const createAgent = (options: AgentOptions, opened: Opened): Agent => {
  const { files, log, now } = options;
  const { key, journal, hostLog } = opened;
  const processId = randomUUID();
  const info = hostInfo();
  const capabilities = options.capabilities();
  const clock = createServerClock(now);
  let settings = opened.file;

  const server = (): { url: string; hostId: HostId } => ({ url: settings.server, hostId: settings.host_id });
  const proof = (hostId: HostId): string => makeProof(hostId, key.privateKey, clock.now());
  const setStatus = (connection: AgentStatus['connection'], lastError: string | null): void =>
    writeStatus(files.status, {
      pid: process.pid,
      version: AGENT_VERSION,
      connection,
      since: new Date(now()).toISOString(),
      last_error: lastError,
    });
  const jobs = new Jobs({
    journal,
    files,
    policy: () => settings.policy,
    runAction: options.runAction,
    endLeftovers: options.endLeftovers,
    openFile: createOpenFile({ server, proof, clock }),
    sendReport: createSendReport({ server, proof, clock }),
    now,
    log,
  });
  const hello = (hostId: HostId): Hello => ({
    type: 'hello',
    protocol: { min: PROTOCOL_MIN, max: PROTOCOL_MAX },
    agent_version: AGENT_VERSION,
    info,
    devices: settings.devices,
    capabilities,
    jobs: jobs.journaled(),
    process_id: processId,
    host_log_seq: hostLog.seqFor(hostId),
  });
  const connection = createConnection({
    server,
    proof,
    clock,
    hello,
    random: options.random,
    now,
    log,
    connected: (link, hostId) => {
      setStatus('connected', null);
      jobs.connected(link);
      hostLog.connected(hostId);
    },
    message: (message) => (message.type === 'host.log' ? hostLog.message(message.lines) : jobs.message(message)),
    drained: () => jobs.drained(),
    disconnected: (why) => {
      setStatus('connecting', why);
      jobs.disconnected();
      hostLog.disconnected();
    },
  });

  const reload = async (): Promise<void> => {
    const read = await readAgentFile(files.agentFile);
    if (!read.ok) return log('error', 'settings.refused', { file: files.agentFile, error: read.error });
    const former = settings;
    settings = read.file;
    applySettings(former, settings, connection, log);
  };

  let stopped: Promise<void> | null = null;
  const shutDown = async (): Promise<void> => {
    const graceMs = options.stopGraceMs ?? STOP_GRACE_MS;
    await jobs.stop(graceMs);
    connection.stop();
  };

  const run = async (): Promise<string> => {
    setStatus('connecting', null);
    log('info', 'agent.started', { version: AGENT_VERSION, host_id: settings.host_id, server: settings.server });
    jobs.restore();
    const unwatch = watchFile(files.agentFile, () => void reload(), options.lookEveryMs);
    const reason = await connection.run();
    unwatch();
    jobs.disconnected();
    // The server that sent this host away wants none of its jobs to go on either.
    await (stopped ?? jobs.stop(0));
    await journal.close();
    await hostLog.close();
    setStatus('stopped', reason);
    opened.unlock();
    log('info', 'agent.stopped', { reason });
    return reason;
  };

  return {
    run,
    stop: () => {
      stopped ??= shutDown();
    },
  };
};

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

const applySettings = (former: AgentFile, settings: AgentFile, connection: Connection, log: Log): void => {
  if (same(former, settings)) return;
  log('info', 'settings.changed', { devices: settings.devices.length });
  if (former.server !== settings.server || former.host_id !== settings.host_id) connection.reconnect();
  else if (!same(former.devices, settings.devices)) connection.sendHello();
};

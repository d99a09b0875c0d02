/** A job to run in tests: temporary folders, collected output, and a machine whose waits are short. */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import {
  type CommandJob,
  type FilesJob,
  Job,
  type JobAction,
  type ScriptJob,
  type SoftwareJob,
} from '#protocol/agent/job.ts';
import { FileId, ScriptId } from '#protocol/ids.ts';
import { defaultPolicy, Policy } from '../../policy/policy.ts';
import type { ActionContext, ActionOutcome } from '../action.ts';
import { type Machine, thisMachine } from '../machine.ts';
import { parseStat } from '../process/process-table.ts';
import { runAction } from '../run-action.ts';

const body = '0123456789abcdefghjkmnpqrs';
let made = 0;

const folders: string[] = [];

/** Removed when the test file is done. */
export const makeFolder = (): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'deployx-actions-')));
  folders.push(folder);
  return folder;
};

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export const commandAction = (command: string, more: Partial<CommandJob> = {}): CommandJob => ({
  kind: 'command',
  command,
  shell: 'sh',
  working_directory: null,
  env: {},
  secret_env: [],
  ...more,
});

export const scriptAction = (content: string, more: Partial<ScriptJob> = {}): ScriptJob => ({
  kind: 'script',
  script_id: ScriptId.parse(`scr_${body}`),
  name: 'Smoke',
  version: 1,
  interpreter: 'sh',
  content,
  arguments: [],
  userinterface_name: null,
  env: {},
  secret_env: [],
  ...more,
});

export const softwareAction = (more: Partial<SoftwareJob>): SoftwareJob => ({
  kind: 'software',
  operation: 'install',
  name: 'hello',
  version: null,
  package_type: 'apt',
  source: { type: 'repository' },
  install_args: [],
  uninstall_command: null,
  rollback_command: null,
  ...more,
});

export const storedFile = (filename: string, size: number, sha256: string): FilesJob['file'] => ({
  file_id: FileId.parse(`file_${body}`),
  filename,
  size,
  sha256,
});

export type JobParts = Partial<Omit<Job, 'action'>>;

export const makeJob = (action: JobAction, more: JobParts = {}): Job =>
  Job.parse({
    target_id: `tgt_${body.slice(0, 20)}${String(++made).padStart(6, '0')}`,
    attempt: 1,
    deployment_id: `dep_${body}`,
    device_key: 'self',
    action,
    timeout_seconds: 60,
    idempotent: false,
    log_offset: 0,
    ...more,
  });

export type Made = {
  context: ActionContext;
  machine: Machine;
  folder: string;
  log: { stream: string; text: string }[];
  text: (stream?: string) => string;
  statuses: { status: string; percent: number | null }[];
  controller: AbortController;
  run: () => Promise<ActionOutcome>;
};

export type MakeOptions = {
  policy?: Partial<Policy>;
  machine?: Partial<Machine>;
  openFile?: ActionContext['openFile'];
  sendReport?: ActionContext['sendReport'];
  folder?: string;
  timeout_seconds?: number;
  job?: JobParts;
};

/** Back-off without waiting, unless a test asks for it. */
const testMachine: Machine = { ...thisMachine, random: () => 0, downloadStallMs: 2000 };

export const makeRun = async (action: JobAction, options: MakeOptions = {}): Promise<Made> => {
  const folder = options.folder ?? makeFolder();
  const job = makeJob(action, { timeout_seconds: options.timeout_seconds ?? 60, ...options.job });
  const workDirectory = join(folder, 'work', job.target_id);
  await mkdir(workDirectory, { recursive: true });
  const controller = new AbortController();
  const log: Made['log'] = [];
  const statuses: Made['statuses'] = [];
  const context: ActionContext = {
    job,
    policy: Policy.parse({ ...defaultPolicy, ...options.policy }),
    workDirectory,
    cacheDirectory: join(folder, 'cache'),
    backupDirectory: join(folder, 'backups'),
    output: (stream, text) => log.push({ stream, text }),
    progress: (status, percent) => statuses.push({ status, percent }),
    signal: controller.signal,
    openFile: options.openFile ?? (() => Promise.reject(new Error('this test has no files'))),
    sendReport: options.sendReport ?? (() => Promise.reject(new Error('this test has no reports'))),
  };
  const machine = { ...testMachine, ...options.machine };
  const text = (stream?: string) =>
    log
      .filter((piece) => stream === undefined || piece.stream === stream)
      .map((piece) => piece.text)
      .join('');
  return { context, machine, folder, log, text, statuses, controller, run: () => runAction(context, machine) };
};

/** False also for one that ended but was not collected by its parent. */
export const isAlive = (pid: number): boolean => {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.zombie === false;
  } catch {
    return false;
  }
};

/**
 * The agent's command line. Bundled into one file for Node 20 or later, and compiled into one executable a platform. Exit
 * codes: 0 done (also when the server has revoked the host: a service manager shall not start it again), 1 failed, 2 wrong
 * usage, 3 (`status`) not running.
 */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { assertNever } from '#protocol/assert.ts';
import { capabilities } from './actions/capabilities.ts';
import { endJobProcesses } from './actions/process/marker.ts';
import { runAction } from './actions/run-action.ts';
import { openAgent } from './agent.ts';
import { type Command, parseCommand, USAGE } from './cli/arguments.ts';
import { statusReport, statusText } from './cli/status-command.ts';
import { enroll } from './enrollment/enroll.ts';
import { releaseIdleMemory } from './host/idle-memory.ts';
import { showLinesOn } from './host-log/show-lines.ts';
import { errorText, jsonLog } from './log.ts';
import { runServiceCommand, selfCommand } from './service/run-service-command.ts';
import { defaultStateDirectory, type StateFiles, stateFiles } from './state/state-directory.ts';
import { AGENT_VERSION } from './version.ts';

const FAILED = 1;
const WRONG_USAGE = 2;
const NOT_RUNNING = 3;

const privileged = (): boolean => process.getuid?.() === 0;

const filesOf = (stateDirectory: string | null): StateFiles =>
  stateFiles(
    resolve(
      stateDirectory ??
        defaultStateDirectory({
          platform: process.platform,
          env: process.env,
          home: homedir(),
          privileged: privileged(),
        }),
    ),
  );

const fail = (error: string, code = FAILED): number => {
  process.stderr.write(`deployx-agent: ${error}\n`);
  return code;
};

const runEnroll = async (command: Extract<Command, { type: 'enroll' }>): Promise<number> => {
  const files = filesOf(command.stateDirectory);
  const enrolled = await enroll(command, files);
  if (!enrolled.ok) return fail(enrolled.error);
  process.stdout.write(`Enrolled as ${enrolled.response.name} (${enrolled.response.host_id}) in ${files.directory}\n`);
  return 0;
};

const runAgent = async (stateDirectory: string | null): Promise<number> => {
  // Whoever read the log may be gone; that is no reason to end jobs.
  process.stderr.on('error', () => undefined);
  const opened = await openAgent({
    files: filesOf(stateDirectory),
    runAction,
    capabilities,
    endLeftovers: endJobProcesses,
    log: jsonLog((line) => process.stderr.write(line), Date.now),
    showLines: showLinesOn(process.stdout),
    now: Date.now,
    random: Math.random,
  });
  if (!opened.ok) return fail(opened.error);
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    // Whoever asks twice does not want to wait for running jobs; they are reported as interrupted at the next start.
    if (signals > 1) process.exit(FAILED);
    opened.agent.stop();
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  void releaseIdleMemory();
  await opened.agent.run();
  return 0;
};

const showStatus = async (command: Extract<Command, { type: 'status' }>): Promise<number> => {
  const report = await statusReport(filesOf(command.stateDirectory));
  process.stdout.write(command.json ? `${JSON.stringify(report)}\n` : statusText(report));
  return report.running ? 0 : NOT_RUNNING;
};

const runService = (command: Extract<Command, { type: 'service' }>): number => {
  const error = runServiceCommand(command.operation, {
    platform: process.platform,
    home: homedir(),
    privileged: privileged(),
    command: selfCommand(process.execPath, process.argv[1]),
    stateDirectory: filesOf(command.stateDirectory).directory,
    ...(process.getuid === undefined ? {} : { userId: process.getuid() }),
  });
  return error === null ? 0 : fail(error);
};

const execute = (command: Command): number | Promise<number> => {
  switch (command.type) {
    case 'enroll':
      return runEnroll(command);
    case 'run':
      return runAgent(command.stateDirectory);
    case 'status':
      return showStatus(command);
    case 'service':
      return runService(command);
    case 'version':
      process.stdout.write(`${AGENT_VERSION}\n`);
      return 0;
    case 'help':
      process.stdout.write(USAGE);
      return 0;
    default:
      return assertNever(command);
  }
};

const main = async (): Promise<void> => {
  const parsed = parseCommand(process.argv.slice(2));
  try {
    process.exitCode = parsed.ok
      ? await execute(parsed.command)
      : fail(`${parsed.error} (see deployx-agent --help)`, WRONG_USAGE);
  } catch (error) {
    process.exitCode = fail(errorText(error));
  }
  // Nothing that is still open shall keep a finished command alive.
  process.exit();
};

// Not awaited: a module without a top-level await can be compiled ahead of time.
void main();

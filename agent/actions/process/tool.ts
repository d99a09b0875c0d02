/** Programs of the system that an action uses: run by argument vector, in English, without questions. */
import type { JobUser } from '../../policy/run-as.ts';
import type { JobRun } from '../job-run.ts';
import { findProgram } from '../programs.ts';
import { makeTextTail } from '../text-tail.ts';
import type { Vector } from './as-user.ts';
import { markerOf } from './marker.ts';
import { type ProcessExit, runProcess } from './run-process.ts';

export type ToolResult = {
  exit: ProcessExit;
  /** The end of what it wrote; see MAX_KEPT_CHARACTERS. */
  stdout: string;
  /** The end of both streams as they came. */
  tail: string;
};

export type ToolOptions = {
  cwd?: string;
  /** Its output becomes the job's; questions to the system stay silent. */
  visible: boolean;
  /** Runs as the policy's user instead of the agent's. */
  asUser?: boolean;
  /** Runs as this user; counts before `asUser`. */
  user?: JobUser | null;
  /** Variables that this program needs to ask nothing. */
  env?: Readonly<Record<string, string>>;
  /** Windows: the arguments are already quoted as the program wants them. */
  verbatim?: boolean;
  /** Sees the output as it comes. */
  observe?: (text: string) => void;
};

/** The listing of an archive with a hundred thousand entries fits. Of output this long the beginning may be gone. */
export const MAX_KEPT_CHARACTERS = 16 * 1024 * 1024;
const MAX_TAIL_CHARACTERS = 16_384;

const toolEnvironment = (run: JobRun, more: ToolOptions['env']): Record<string, string> => ({
  ...run.env,
  LC_ALL: 'C',
  LANGUAGE: 'C',
  DEBIAN_FRONTEND: 'noninteractive',
  // apt's hook and needrestart's would ask, or restart services in the middle of a job.
  APT_LISTCHANGES_FRONTEND: 'none',
  NEEDRESTART_MODE: 'l',
  ...more,
});

const userOf = (run: JobRun, options: ToolOptions): JobUser | null => {
  if (options.user !== undefined) return options.user;
  return options.asUser ? run.user : null;
};

/** How the vector would be typed, for people who read the log. */
export const shownVector = (argv: Vector): string =>
  argv.map((word) => (/^[\w@%+=:,./~*-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');

export const runTool = async (run: JobRun, argv: Vector, options: ToolOptions): Promise<ToolResult> => {
  const [name, ...args] = argv;
  const program = /[\\/]/.test(name) ? name : findProgram(run.machine.platform, name, run.env);
  if (program === null)
    return { exit: { type: 'not_started', message: `this host has no ${name}` }, stdout: '', tail: '' };
  if (options.visible) run.output('system', `$ ${shownVector(argv)}\n`);
  const stdout = makeTextTail(MAX_KEPT_CHARACTERS);
  const tail = makeTextTail(MAX_TAIL_CHARACTERS);
  const exit = await runProcess({
    argv: [program, ...args],
    cwd: options.cwd ?? run.workDirectory,
    env: toolEnvironment(run, options.env),
    user: userOf(run, options),
    platform: run.machine.platform,
    signal: run.signal,
    marker: markerOf(run.job.target_id),
    mask: run.mask,
    verbatim: options.verbatim ?? false,
    output: (stream, text) => {
      if (stream === 'stdout') stdout.add(text);
      tail.add(text);
      options.observe?.(text);
      if (options.visible) run.output(stream, text);
    },
  });
  return { exit, stdout: stdout.text(), tail: tail.text() };
};

export const succeeded = (result: ToolResult): boolean => result.exit.type === 'exited' && result.exit.code === 0;

export const exitCodeOf = ({ exit }: ToolResult): number | null => (exit.type === 'exited' ? exit.code : null);

/** How it ended, in a few words. */
export const describeExit = (name: string, exit: ProcessExit): string => {
  switch (exit.type) {
    case 'exited':
      return `${name} exited with code ${exit.code}`;
    case 'signaled':
      return `${name} was ended by signal ${exit.signal}`;
    case 'aborted':
      return `${name} was ended`;
    case 'not_started':
      return exit.message;
  }
};

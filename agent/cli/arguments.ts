/** The command line, parsed into one of the things the agent can do, or into one line that names what is wrong. Pure. */
import { parseArgs } from 'node:util';
import { firstIssue } from '#protocol/issues.ts';
import { ServerUrl } from '../state/agent-file.ts';

export type Command =
  | { type: 'enroll'; server: string; token: string; name: string | null; stateDirectory: string | null }
  | { type: 'run'; stateDirectory: string | null }
  | { type: 'status'; json: boolean; stateDirectory: string | null }
  | { type: 'service'; operation: 'install' | 'uninstall'; stateDirectory: string | null }
  | { type: 'version' }
  | { type: 'help' };

export type ParsedCommand = { ok: true; command: Command } | { ok: false; error: string };

export const USAGE = `deployx-agent: runs what a DeployX server deploys to this machine

  deployx-agent enroll --server URL --token T [--name N] [--state-dir D]   join a team
  deployx-agent run [--state-dir D]                                        run in the foreground
  deployx-agent status [--state-dir D] [--json]                            what the agent is doing
  deployx-agent service install|uninstall [--state-dir D]                  run at every start of the machine
  deployx-agent --version | --help
`;

const options = {
  server: { type: 'string' },
  token: { type: 'string' },
  name: { type: 'string' },
  'state-dir': { type: 'string' },
  json: { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Option = keyof typeof options;
type Values = { [Name in Option]?: ((typeof options)[Name]['type'] extends 'string' ? string : boolean) | undefined };

const allowed: Record<'enroll' | 'run' | 'status' | 'service', readonly Option[]> = {
  enroll: ['server', 'token', 'name', 'state-dir'],
  run: ['state-dir'],
  status: ['state-dir', 'json'],
  service: ['state-dir'],
};
type CommandName = keyof typeof allowed;

const refuse = (error: string): ParsedCommand => ({ ok: false, error });
const isCommandName = (name: string): name is CommandName => Object.hasOwn(allowed, name);

/** The first sentence of what Node says; the rest advises programmers. */
const firstSentence = (error: unknown): string =>
  error instanceof Error ? (error.message.split(/\.\s|\n/)[0] ?? error.message) : String(error);

const enroll = (values: Values, stateDirectory: string | null): ParsedCommand => {
  if (values.server === undefined) return refuse('--server is missing: the address of the DeployX server');
  if (values.token === undefined || values.token === '') return refuse('--token is missing: an enrollment token');
  const server = ServerUrl.safeParse(values.server);
  if (!server.success) return refuse(`--server: ${firstIssue(server.error).replace('(message): ', '')}`);
  const name = values.name?.trim() ?? null;
  if (name !== null && (name === '' || name.length > 200)) return refuse('--name must be 1 to 200 characters');
  return { ok: true, command: { type: 'enroll', server: server.data, token: values.token, name, stateDirectory } };
};

const build = (name: CommandName, rest: readonly string[], values: Values): ParsedCommand => {
  const stateDirectory = values['state-dir'] ?? null;
  if (stateDirectory === '') return refuse('--state-dir must not be empty');
  if (name === 'service') {
    const [operation, ...more] = rest;
    if ((operation !== 'install' && operation !== 'uninstall') || more.length > 0)
      return refuse('service takes install or uninstall');
    return { ok: true, command: { type: 'service', operation, stateDirectory } };
  }
  if (rest[0] !== undefined) return refuse(`unexpected argument: ${rest[0]}`);
  if (name === 'enroll') return enroll(values, stateDirectory);
  if (name === 'run') return { ok: true, command: { type: 'run', stateDirectory } };
  return { ok: true, command: { type: 'status', json: values.json ?? false, stateDirectory } };
};

export const parseCommand = (args: readonly string[]): ParsedCommand => {
  let values: Values;
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true }));
  } catch (error) {
    return refuse(firstSentence(error));
  }
  if (values.help) return { ok: true, command: { type: 'help' } };
  if (values.version) return { ok: true, command: { type: 'version' } };
  const [name, ...rest] = positionals;
  if (name === undefined) return { ok: true, command: { type: 'help' } };
  if (!isCommandName(name)) return refuse(`unknown command: ${name}`);
  const stray = Object.keys(values).find((option) => !allowed[name].some((known) => known === option));
  if (stray !== undefined) return refuse(`--${stray} is no option of ${name}`);
  return build(name, rest, values);
};

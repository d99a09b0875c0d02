/** The command line and the environment of `npm start`, as one value or one clear line. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  host: string;
  port: number;
  dataDir: string;
  runAgent: boolean;
  admin: { username?: string; password?: string };
}

export type ParsedOptions = { ok: true; options: Options } | { ok: false; message: string };

export const DEFAULT_PORT = 8787;
const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_DATA_DIR = '.deployx';
const HIGHEST_PORT = 65_535;

export const USAGE = `npm start -- [--port N] [--host ADDRESS] [--data DIR] [--no-agent]

  --port N         port to listen on (${DEFAULT_PORT}; DEPLOYX_PORT)
  --host ADDRESS   address to listen on (${DEFAULT_HOST}; 0.0.0.0 lets other machines connect)
  --data DIR       folder that holds all state (${DEFAULT_DATA_DIR}; DEPLOYX_DATA)
  --no-agent       do not run an agent for this machine

First start only: DEPLOYX_ADMIN_USERNAME, DEPLOYX_ADMIN_PASSWORD`;

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** Where the user was when typing the command: relative folders are meant from there. */
  cwd: string;
  root: string;
}

export function parseOptions(argv: readonly string[], { env, cwd, root }: Surroundings): ParsedOptions {
  const values = parseArguments(argv);
  if (typeof values === 'string') return { ok: false, message: values };
  if (values.help === true) return { ok: false, message: USAGE };

  const port = parsePort(values.port ?? env.DEPLOYX_PORT ?? `${DEFAULT_PORT}`);
  if (port === undefined) return { ok: false, message: `the port must be a number from 0 to ${HIGHEST_PORT}` };
  const data = values.data ?? env.DEPLOYX_DATA;
  if (data === '') return { ok: false, message: 'the data folder must not be empty' };
  return {
    ok: true,
    options: {
      host: values.host ?? DEFAULT_HOST,
      port,
      dataDir: data === undefined ? resolve(root, DEFAULT_DATA_DIR) : resolve(cwd, data),
      runAgent: values['no-agent'] !== true,
      admin: {
        ...(env.DEPLOYX_ADMIN_USERNAME ? { username: env.DEPLOYX_ADMIN_USERNAME } : {}),
        ...(env.DEPLOYX_ADMIN_PASSWORD ? { password: env.DEPLOYX_ADMIN_PASSWORD } : {}),
      },
    },
  };
}

function parseArguments(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        data: { type: 'string' },
        'no-agent': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= HIGHEST_PORT ? port : undefined;
}

/** The address that this machine reaches the server at. */
export function localUrl(host: string, port: number): string {
  const any = host === '0.0.0.0' || host === '::';
  const name = any ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

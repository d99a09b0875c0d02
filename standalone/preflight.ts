/** What can be wrong before anything is started, each as one line that says what to do. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { type Lock, takeLock } from './process-lock.ts';

/** A fault of the surroundings, told without a stack trace. */
export class StartError extends Error {}

export function openDataDir(dataDir: string): Lock & { held: true } {
  try {
    // The databases hold password hashes and host names: for the owner only.
    makeFolder(dataDir);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    const lock = takeLock(join(dataDir, 'lock'));
    if (lock.held) return lock;
    throw new StartError(`another DeployX (process ${lock.pid}) is running on the data folder ${dataDir}`);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`the data folder ${dataDir} is not writable (${codeOf(error)}); choose another with --data`);
  }
}

/** Step by step, because Node's own way never returns where a folder such as /proc refuses with "no such file". */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** Tries the port and lets go of it again: it is opened for good only when everything behind it answers. */
export async function checkPort(host: string, port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error) => reject(portError(error, host, port)));
    probe.listen({ host, port }, () => probe.close(() => resolve()));
  });
}

export function portError(error: unknown, host: string, port: number): StartError {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new StartError(`port ${port} on ${host} is in use; choose another with --port`);
    case 'EACCES':
      return new StartError(`port ${port} may not be used by this user; choose another with --port`);
    default:
      return new StartError(`cannot listen on ${host}:${port} (${codeOf(error)}); choose another with --host`);
  }
}

/** The folder of the project's own results, which `npm run build` makes. */
export function checkBuilt(root: string, exists: (path: string) => boolean): void {
  for (const file of ['dist/api.mjs', 'dist/app.mjs', 'dist/agent.mjs']) {
    if (!exists(join(root, file))) throw new StartError(`${dirname(file)}/ is not complete; run npm run build`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);
}

/** A port for a server that may be killed and started again where it was. */
import { createServer, type Server } from 'node:net';

/** Below those that kernels give to outgoing connections (from 32768 on Linux, 49152 elsewhere), so that none takes it meanwhile. */
const FIRST = 20_000;
const PAIRS = 6000;

/** Null where somebody listens already. */
const tryListen = (port: number): Promise<Server | null> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

/** It is held until this process ends. */
const claim = async (port: number): Promise<boolean> => (await tryListen(port))?.unref() !== undefined;

const isFree = async (port: number): Promise<boolean> => {
  const server = await tryListen(port);
  if (server !== null) await new Promise((resolve) => server.close(resolve));
  return server !== null;
};

/**
 * Its neighbour is listened on as long as this process lives: whoever else asks, also while the server is down, finds the pair
 * claimed and takes another.
 */
export const freePort = async (): Promise<number> => {
  const start = Math.floor(Math.random() * PAIRS);
  for (let step = 0; step < PAIRS; step++) {
    const port = FIRST + 2 * ((start + step) % PAIRS);
    if ((await claim(port + 1)) && (await isFree(port))) return port;
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + 2 * PAIRS} is free`);
};

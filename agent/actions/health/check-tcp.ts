/** Healthy when a connection is taken; it is closed at once. */
import { connect } from 'node:net';
import type { z } from 'zod';
import type { TcpCheck } from '#protocol/health-check.ts';
import { type CheckResult, healthy, reasonOf, unhealthy } from './check-result.ts';

export const checkTcp = (
  { host, port }: Pick<z.infer<typeof TcpCheck>, 'host' | 'port'>,
  signal: AbortSignal,
): Promise<CheckResult> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: CheckResult) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(result);
    };
    const onAbort = () => end(unhealthy(`no connection to ${host}:${port}`));
    socket.once('connect', () => end(healthy));
    // Stays for what a destroyed socket may still tell.
    socket.on('error', (error) => end(unhealthy(`no connection to ${host}:${port}: ${reasonOf(error)}`)));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });

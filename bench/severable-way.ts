/** A way to the server that can be cut like a cable, and mended. */
import { connect, createServer, type Socket } from 'node:net';

export type SeverableWay = { url: string; cut: () => void; mend: () => void; close: () => void };

export const openWay = (server: string): Promise<SeverableWay> => {
  const { hostname, port } = new URL(server);
  const open = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket, other: Socket): void => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      open.delete(socket);
      other.destroy();
    });
  };
  const listener = createServer((from) => {
    if (isCut) {
      from.destroy();
      return;
    }
    const to = connect(Number(port), hostname);
    keep(from, to);
    keep(to, from);
    from.pipe(to);
    to.pipe(from);
  });
  const endAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      if (address === null || typeof address === 'string') throw new Error('a listening server has a port');
      resolve({
        url: `http://127.0.0.1:${address.port}`,
        cut: () => {
          isCut = true;
          endAll();
        },
        mend: () => {
          isCut = false;
        },
        close: () => {
          endAll();
          listener.close();
        },
      });
    });
  });
};

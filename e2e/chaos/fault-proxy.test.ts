import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from './fault-proxy.ts';

/** An upstream that answers what it gets. */
let accepted: Socket[];
let close: () => void;
let proxy: FaultProxy;

beforeEach(async () => {
  accepted = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on a port');
  proxy = await FaultProxy.open(address.port);
  close = () => {
    for (const socket of accepted) socket.destroy();
    server.close();
  };
});
afterEach(() => {
  proxy.close();
  close();
});

type Line = { socket: Socket; text: () => string; closed: Promise<unknown> };

const dial = async (): Promise<Line> => {
  const socket = connect({ port: Number(new URL(proxy.url).port), host: '127.0.0.1' });
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes;
  });
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  return { socket, text: () => text, closed };
};

const echoed = async (line: Line, text: string): Promise<void> => {
  const wanted = line.text() + text;
  line.socket.write(text);
  await expect.poll(line.text).toBe(wanted);
};

describe('a line', () => {
  it('without a fault passes all on, and its end', async () => {
    const line = await dial();
    await echoed(line, 'x'.repeat(1_000_000));
    line.socket.end();
    await line.closed;
    await expect.poll(() => accepted[0]?.destroyed).toBe(true);
  });

  it('that is cut closes what is open and takes nobody, until it is healed', async () => {
    const line = await dial();
    await echoed(line, 'before');
    proxy.strike({ type: 'cut' });
    await line.closed;
    await (await dial()).closed;
    proxy.heal();
    await echoed(await dial(), 'after');
  });

  it('that stands still passes on what came meanwhile, in order', async () => {
    const line = await dial();
    await echoed(line, 'one ');
    proxy.strike({ type: 'stall' });
    line.socket.write('two ');
    const other = await dial();
    other.socket.write('other');
    await expect.poll(() => accepted.length).toBe(2);
    expect(line.text()).toBe('one ');
    proxy.heal();
    await expect.poll(line.text).toBe('one two ');
    await echoed(line, 'three');
    await expect.poll(other.text).toBe('other');
  });

  it('that is slow loses nothing', async () => {
    proxy.strike({ type: 'slow', delayMs: 20, bytesPerSecond: 20_000 });
    const line = await dial();
    const started = performance.now();
    await echoed(line, 'y'.repeat(4000));
    // Two slices each way.
    expect(performance.now() - started).toBeGreaterThan(300);
  });

  it.each(['to_server', 'to_agent', 'both'] as const)(
    'that is half-open %s swallows bytes and says nothing; the connection is reset when it is healed',
    async (direction) => {
      const line = await dial();
      await echoed(line, 'heard');
      const before = accepted[0]?.bytesRead;
      proxy.strike({ type: 'half_open', direction });
      line.socket.write('lost');
      if (direction === 'to_agent') await expect.poll(() => accepted[0]?.bytesRead).toBe((before ?? 0) + 4);
      const second = await dial();
      second.socket.write('lost too');
      await expect.poll(() => accepted.length).toBe(2);
      expect(line.text()).toBe('heard');
      expect(line.socket.destroyed).toBe(false);
      proxy.heal();
      await line.closed;
      await echoed(await dial(), 'again');
    },
  );

  it('that is forgotten is closed for the agent, and open for the server until it is healed', async () => {
    const line = await dial();
    await echoed(line, 'before');
    proxy.strike({ type: 'forget' });
    await line.closed;
    await echoed(await dial(), 'a new connection');
    expect(accepted[0]?.destroyed).toBe(false);
    proxy.heal();
    await expect.poll(() => accepted[0]?.destroyed).toBe(true);
  });
});

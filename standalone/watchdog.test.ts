import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { afterEach, expect, test, vi } from 'vitest';
import { startWatchdog } from './watchdog.ts';

const toStop: (() => void)[] = [];
afterEach(() => {
  for (const stop of toStop.splice(0)) stop();
});

async function serve(listener: RequestListener): Promise<{ url: URL; close: () => void }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  toStop.push(close);
  return { url: new URL(`http://127.0.0.1:${address.port}/api/health`), close };
}

function watch(url: URL) {
  const onGone = vi.fn();
  toStop.push(startWatchdog(url, onGone, { intervalMs: 20, retryMs: 5 }));
  return onGone;
}

test('a runtime that is gone is noticed', async () => {
  const { url, close } = await serve((_, res) => res.end());
  const onGone = watch(url);
  close();
  await vi.waitFor(() => expect(onGone).toHaveBeenCalledOnce());
});

test('a runtime that fails twice and then answers is left alone', async () => {
  let requests = 0;
  const { url } = await serve((_, res) => {
    requests += 1;
    res.statusCode = requests <= 2 ? 500 : 200;
    res.end();
  });
  const onGone = watch(url);
  await vi.waitFor(() => expect(requests).toBeGreaterThan(5));
  expect(onGone).not.toHaveBeenCalled();
});

/** The live connection of a browser's page. */
import { createContext } from 'svelte';
import { LiveConnection } from './live-connection.ts';
import { scheduleTimeout } from './schedule-timeout.ts';

export const [getLive, setLive] = createContext<LiveConnection>();

export const createBrowserLive = (): LiveConnection =>
  new LiveConnection({
    openSocket: (path, handlers) => {
      const url = new URL(path, location.href);
      // Not every browser takes an http address here.
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      const socket = new WebSocket(url);
      socket.onopen = handlers.open;
      socket.onmessage = (message) => handlers.message(message.data);
      socket.onclose = handlers.close;
      return socket;
    },
    now: () => Date.now(),
    random: () => Math.random(),
    schedule: scheduleTimeout,
  });

/** Runs the connection while the page is open and follows the network as the browser sees it; the answer ends it. */
export const runLive = (live: LiveConnection): (() => void) => {
  const back = (): void => {
    if (document.visibilityState === 'visible') live.retryNow();
  };
  const gone = (): void => live.lost();
  window.addEventListener('online', back);
  window.addEventListener('offline', gone);
  document.addEventListener('visibilitychange', back);
  live.start();
  return () => {
    window.removeEventListener('online', back);
    window.removeEventListener('offline', gone);
    document.removeEventListener('visibilitychange', back);
    live.stop();
  };
};

/**
 * The connection of a host to its server: one loop of connect, hello, serve until the close, wait. A reconnect is the same
 * code again. It ends when it is stopped, or when the server says that this host is not wanted any more (CON3, CON5).
 */
import { CloseCode } from '#protocol/agent/connection.ts';
import type { ToAgent } from '#protocol/agent/to-agent.ts';
import type { Hello } from '#protocol/agent/to-server.ts';
import type { HostId } from '#protocol/ids.ts';
import type { Log } from '../log.ts';
import type { Link } from './link.ts';
import { openSocket } from './open-socket.ts';
import { afterEnding, type Ending, endingText } from './retry.ts';
import type { ServerClock } from './server-clock.ts';
import { runSession, type Session } from './session.ts';

export type ConnectionDependencies = {
  /** Read at each connect, because a person may enroll the host again while the agent runs. */
  server: () => { url: string; hostId: HostId };
  proof: (hostId: HostId) => string;
  clock: ServerClock;
  hello: (hostId: HostId) => Hello;
  random: () => number;
  now: () => number;
  log: Log;
  connected: (link: Link, hostId: HostId) => void;
  message: (message: Exclude<ToAgent, { type: 'welcome' | 'state.request' }>) => void;
  drained: () => void;
  disconnected: (why: string) => void;
};

export type Connection = {
  /** Resolves with the reason when the loop is over. */
  run: () => Promise<string>;
  sendHello: () => void;
  /** Connects anew at once, for settings that have changed. */
  reconnect: () => void;
  stop: () => void;
};

const STOPPED = 'stopped';

/** Number 1, 2, 4, 8 … in a row: an agent that is cut off for a week writes a few dozen lines. */
const worthALine = (endings: number): boolean => (endings & (endings - 1)) === 0;

export const createConnection = (deps: ConnectionDependencies): Connection => {
  const stopping = new AbortController();
  /** Ends the wait between two connections. */
  let wake = (): void => undefined;
  let session: Session | null = null;

  const serve = async (): Promise<Ending> => {
    const { url, hostId } = deps.server();
    const opened = await openSocket(url, deps.proof(hostId), stopping.signal);
    if (opened.type !== 'open') return opened;
    let welcomed = false;
    session = runSession(
      opened.socket,
      {
        hello: () => deps.hello(hostId),
        welcome: (welcome, link) => {
          if (welcome.host_id !== hostId)
            return deps.log('error', 'frame.refused', { error: `host_id: ${welcome.host_id} is another host` });
          welcomed = true;
          deps.clock.set(welcome.server_time);
          deps.log('info', 'connection.open', { server: url, protocol: welcome.protocol });
          deps.connected(link, hostId);
        },
        message: (message) => (welcomed ? deps.message(message) : undefined),
        drained: deps.drained,
      },
      deps.log,
      deps.now,
    );
    if (stopping.signal.aborted) session.close(1000, 'agent stopped');
    const ending = await session.ended;
    session = null;
    return ending;
  };

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const report = (ending: Ending, endings: number): void => {
    const error = endingText(ending);
    const replaced = ending.type === 'closed' && ending.code === CloseCode.replaced;
    if (replaced) deps.log('warn', 'connection.replaced', { error: 'another agent with this host key has connected' });
    else if (worthALine(endings)) deps.log('warn', 'connection.lost', { error, in_a_row: endings });
    deps.disconnected(error);
  };

  const run = async (): Promise<string> => {
    let failures = 0;
    let endings = 0;
    let clockWasSet = false;
    for (;;) {
      const ending = await serve();
      if (stopping.signal.aborted) return STOPPED;
      const next = afterEnding(ending, failures, clockWasSet, deps.random);
      clockWasSet = next.type === 'retry_by_server_clock';
      if (next.type === 'retry_by_server_clock') {
        deps.clock.set(next.serverTime);
        continue;
      }
      failures = next.type === 'retry' ? next.failures : failures;
      endings = failures === 1 ? 1 : endings + 1;
      report(ending, endings);
      if (next.type === 'stop') return next.reason;
      await pause(next.afterMs);
      if (stopping.signal.aborted) return STOPPED;
    }
  };

  return {
    run,
    sendHello: () => session?.sendHello(),
    reconnect: () => {
      wake();
      session?.close(1000, 'settings changed');
    },
    stop: () => {
      stopping.abort();
      wake();
      session?.close(1000, 'agent stopped');
    },
  };
};

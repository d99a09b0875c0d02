import { expect, test } from 'vitest';
import type { LiveEvent } from '#protocol/live/events.ts';
import { LiveConnection, type SocketHandlers } from './live-connection.ts';

const hostId = `host_${'0'.repeat(26)}`;

/** A clock that is moved by hand, and sockets that do what the test says. */
const setUp = () => {
  let now = 1_000_000;
  let answering = true;
  let timers: { at: number; work: () => void }[] = [];
  const sockets: { path: string; handlers: SocketHandlers; closed: boolean }[] = [];
  const live = new LiveConnection({
    now: () => now,
    random: () => 0.5,
    schedule: (work, delayMs) => {
      const timer = { at: now + delayMs, work };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    openSocket: (path, handlers) => {
      const socket = { path, handlers, closed: false };
      sockets.push(socket);
      return {
        send: (text) => {
          if (text === 'ping' && answering) handlers.message('pong');
        },
        close: () => {
          socket.closed = true;
        },
      };
    },
  });
  const advance = (milliseconds: number): void => {
    const end = now + milliseconds;
    for (;;) {
      const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      timers = timers.filter((timer) => timer !== next);
      now = next.at;
      next.work();
    }
    now = end;
  };
  const latest = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  };
  const heard: LiveEvent['event'][] = [];
  live.listen((event) => heard.push(event.event));
  const fallSilent = (): void => {
    answering = false;
  };
  return { live, sockets, latest, advance, fallSilent, heard, clock: () => now };
};

const connected = (seq: number): string =>
  JSON.stringify({
    event: 'agent_connected',
    data: { host_id: hostId, last_seen_at: null },
    at: '2026-01-01T00:00:00.000Z',
    seq,
  });

test('the first connection names no number, and the resync that answers it reaches the pages', () => {
  const { live, latest, heard } = setUp();
  live.start();
  expect(latest().path).toBe('/api/live');
  latest().handlers.open();
  expect(live.status).toBe('open');
  latest().handlers.message('{"event":"resync","data":{},"at":"2026-01-01T00:00:00.000Z","seq":7}');
  expect(heard).toEqual(['resync']);
  latest().handlers.close();
  live.retryNow();
  expect(latest().path).toBe('/api/live?since=7');
});

test('a connection that comes back asks for what was missed and makes no page fetch again', () => {
  const { live, latest, heard, advance } = setUp();
  live.start();
  latest().handlers.open();
  latest().handlers.message(connected(41));
  latest().handlers.message('{"event":"schedule_updated","data":{},"at":"2026-01-01T00:00:00.000Z","seq":42}');
  latest().handlers.close();
  advance(1000);
  expect(latest().path).toBe('/api/live?since=42');
  latest().handlers.open();
  expect(heard).toEqual(['agent_connected']);
});

test('a short interruption is not worth a word, a longer one tells since when what is shown is old', () => {
  const { live, sockets, latest, advance, clock } = setUp();
  live.start();
  latest().handlers.open();
  advance(60_000);
  const lostAt = clock();
  latest().handlers.close();
  advance(2000);
  expect(live.staleSince).toBeNull();
  for (let second = 0; second < 30; second++) {
    latest().handlers.close();
    advance(1000);
  }
  expect(live.status).toBe('interrupted');
  expect(live.staleSince).toBe(lostAt);
  expect(sockets.length).toBeGreaterThan(2);
  live.retryNow();
  latest().handlers.open();
  expect(live.status).toBe('open');
  expect(live.staleSince).toBeNull();
});

test('a socket that neither opens nor fails is given up', () => {
  const { live, sockets, advance } = setUp();
  live.start();
  advance(11_000);
  expect(sockets.length).toBe(2);
  expect(sockets[0]?.closed).toBe(true);
});

test('a late word of an abandoned socket is not heard', () => {
  const { live, sockets, heard, advance } = setUp();
  live.start();
  const [first] = sockets;
  advance(11_000);
  first?.handlers.open();
  first?.handlers.message(connected(5));
  expect(heard).toEqual([]);
  expect(live.status).not.toBe('open');
});

test('nothing is opened after stop', () => {
  const { live, sockets, latest, advance } = setUp();
  live.start();
  latest().handlers.open();
  latest().handlers.close();
  live.stop();
  advance(120_000);
  expect(sockets.length).toBe(1);
});

test('one who subscribes gets what happened while its page was fetched, and nothing older', () => {
  const { live, latest, advance } = setUp();
  live.start();
  latest().handlers.open();
  latest().handlers.message(connected(1));
  advance(20_000);
  latest().handlers.message(connected(2));
  advance(3000);
  const seqs: number[] = [];
  live.listen((event) => seqs.push(event.seq));
  live.listen(() => seqs.push(-1), false);
  expect(seqs).toEqual([2]);
});

test('a page that came back to the foreground does not wait for the next attempt', () => {
  const { live, sockets, latest } = setUp();
  live.start();
  latest().handlers.open();
  live.retryNow();
  expect(sockets.length).toBe(1);
  latest().handlers.close();
  live.retryNow();
  expect(sockets.length).toBe(2);
});

test('a network that goes away without a word is noticed, and what is shown is as old as the last answer', () => {
  const { live, sockets, latest, advance, fallSilent, clock } = setUp();
  live.start();
  latest().handlers.open();
  advance(60_000);
  expect(sockets.length).toBe(1);
  const lastAnswer = clock();
  fallSilent();
  advance(45_000);
  expect(sockets.length).toBeGreaterThan(1);
  expect(live.staleSince).toBe(lastAnswer);
});

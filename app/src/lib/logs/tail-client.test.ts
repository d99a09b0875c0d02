import { beforeEach, describe, expect, it } from 'vitest';
import { LiveLines } from './live-lines.ts';
import { TailClient, type TailSocketHandlers } from './tail-client.ts';

interface FakeSocket extends TailSocketHandlers {
  path: string;
  closed: boolean;
}

describe('tail', () => {
  let sockets: FakeSocket[];
  let timers: { work: () => void; delayMs: number }[];
  let buffer: LiveLines;
  let seen: Map<number, string>;
  let client: TailClient;
  let changes: number;

  const socket = (): FakeSocket => {
    const last = sockets.at(-1);
    if (last === undefined) throw new Error('no socket');
    return last;
  };
  const log = (offset: number, text: string) =>
    socket().message(JSON.stringify({ event: 'log', stream: 'stdout', offset, text }));
  const runTimers = () => {
    const due = timers;
    timers = [];
    for (const timer of due) timer.work();
  };
  const texts = () => {
    const { first, lines } = buffer.drain();
    for (const [index, line] of lines.entries()) seen.set(first + index, line.text);
    return [...seen.values()];
  };

  beforeEach(() => {
    sockets = [];
    timers = [];
    changes = 0;
    buffer = new LiveLines(0, 0, null);
    seen = new Map();
    client = new TailClient(
      '/tail',
      buffer,
      {
        openSocket: (path, handlers) => {
          const opened: FakeSocket = { ...handlers, path, closed: false };
          sockets.push(opened);
          return {
            close: () => {
              opened.closed = true;
            },
          };
        },
        random: () => 1,
        schedule: (work, delayMs) => {
          const timer = { work, delayMs };
          timers.push(timer);
          return () => {
            timers = timers.filter((other) => other !== timer);
          };
        },
      },
      () => changes++,
    );
    client.start();
  });

  it('begins at the first byte and shows what comes', () => {
    expect(socket().path).toBe('/tail?offset=0');
    socket().open();
    log(0, 'hello\n');
    expect(texts()).toEqual(['hello']);
    expect(client.status).toBe('live');
  });

  it('goes on from the byte reached after an interruption', () => {
    socket().open();
    log(0, 'żółw\n');
    socket().close();
    expect(client.status).toBe('interrupted');
    runTimers();
    expect(socket().path).toBe('/tail?offset=8');
    socket().open();
    log(8, 'next\n');
    expect(texts()).toEqual(['żółw', 'next']);
  });

  it('asks again for what a gap left out, and does not show what came after it', () => {
    socket().open();
    log(0, 'one\n');
    log(8, 'three\n');
    expect(texts()).toEqual(['one']);
    expect(socket().closed).toBe(true);
    runTimers();
    expect(socket().path).toBe('/tail?offset=4');
  });

  it('shows once what the server sends twice', () => {
    socket().open();
    log(0, 'one\n');
    const before = changes;
    log(0, 'one\n');
    expect(changes).toBe(before);
    log(0, 'one\ntwo\n');
    expect(texts()).toEqual(['one', 'two']);
  });

  it('does not listen to a socket that it gave up', () => {
    const old = socket();
    old.open();
    old.close();
    runTimers();
    old.message(JSON.stringify({ event: 'log', stream: 'stdout', offset: 0, text: 'late' }));
    old.close();
    expect(texts()).toEqual([]);
    expect(sockets).toHaveLength(2);
  });

  it('ends with the output and connects no more', () => {
    socket().open();
    socket().message('{"event":"end"}');
    expect(client.status).toBe('ended');
    socket().close();
    runTimers();
    expect(sockets).toHaveLength(1);
  });

  it('stops when the page goes away', () => {
    socket().open();
    client.stop();
    expect(socket().closed).toBe(true);
    runTimers();
    expect(sockets).toHaveLength(1);
  });

  it('waits longer from failure to failure, also while connections open but bring nothing', () => {
    const delays: number[] = [];
    for (let round = 0; round < 4; round++) {
      socket().open();
      socket().close();
      delays.push(timers[0]?.delayMs ?? 0);
      runTimers();
    }
    expect(delays).toEqual([500, 1000, 2000, 4000]);
  });

  it('tries at once when the server is known to be back, and leaves a connection that works alone', () => {
    socket().open();
    client.retryNow();
    expect(sockets).toHaveLength(1);
    socket().close();
    client.retryNow();
    expect(sockets).toHaveLength(2);
    runTimers();
    expect(sockets).toHaveLength(2);
  });

  it('gives up on a connection that does not open', () => {
    runTimers();
    expect(client.status).toBe('interrupted');
    expect(socket().closed).toBe(true);
  });

  it('passes over frames that it does not understand', () => {
    socket().open();
    for (const frame of ['', 'null', '{"event":"new"}', '{"event":"log","offset":"x"}', 42]) socket().message(frame);
    log(0, 'fine\n');
    expect(texts()).toEqual(['fine']);
  });
});

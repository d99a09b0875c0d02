/** The agent against the fake server: what is in its file and on its console after all that may happen on the way. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { HostLogLine } from '#protocol/agent/to-agent.ts';
import { type HostId, newId } from '#protocol/ids.ts';
import { enroll } from '../enrollment/enroll.ts';
import type { StateFiles } from '../state/state-directory.ts';
import { FakeHostLog } from '../test/fake-host-log.ts';
import type { FakeServer } from '../test/fake-server.ts';
import { connectedAgent, enrolledFiles, type RunningAgent, startAgent, startServer } from '../test/test-agent.ts';
import { testIds, testJob } from '../test/test-ids.ts';
import { HostLog } from './host-log.ts';
import { type HostLogEntry, type HostLogPlace, stepTo } from './host-log-text.ts';

const withoutTimes = (text: string): string[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/^\S+ \S+ \[INFO\] /, ''));
const written = (files: StateFiles): string[] => {
  try {
    return withoutTimes(readFileSync(files.hostLog, 'utf8'));
  } catch {
    return [];
  }
};
const noted = (files: StateFiles): number => Number(/"seq":(\d+)/.exec(readFileSync(files.hostLogState, 'utf8'))?.[1]);
const settled = (files: StateFiles, lines: readonly string[]): Promise<void> =>
  expect.poll(() => written(files), { interval: 5, timeout: 4000 }).toEqual(lines);
const helloAgain = async (server: FakeServer): Promise<void> => {
  const before = server.connection.hellos.length;
  server.connection.send({ type: 'state.request' });
  await server.until('a hello', () => server.connection.hellos.length > before);
};
/** Until the last line that is in the file is also noted, and so named. */
const named = (server: FakeServer, seq: number): Promise<void> =>
  expect
    .poll(async () => {
      await helloAgain(server);
      return server.connection.hellos.at(-1)?.host_log_seq;
    })
    .toBe(seq);
const reconnected = async (server: FakeServer): Promise<void> => {
  const before = server.connections.length;
  server.drop();
  await server.until('a new hello', () => server.connections.length > before && server.connection.hellos.length > 0);
};

describe('lines', () => {
  test('HLOG1 HLOG2 come on connecting and then as they are made, in order, and hello names the last', async () => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    server.tell('one');
    server.tell('two');
    const agent = await startAgent(files);
    await server.until('hello', () => server.connections.at(-1)?.hellos.length === 1);
    expect(server.connection.hellos[0]?.host_log_seq).toBe(0);
    server.tell('three');
    await settled(files, ['one', 'two', 'three']);
    expect(withoutTimes(agent.shown())).toEqual(['one', 'two', 'three']);
    expect(readFileSync(files.hostLog, 'utf8')).toMatch(/^2026-11-28 14:10:00 \[INFO\] one\n/);
    await named(server, 3);
  });

  test('HLOG1 a process id stays through reconnects and is another one after a restart', async () => {
    const { server, agent } = await connectedAgent();
    await reconnected(server);
    await agent.stop();
    await startAgent(agent.files);
    await server.until('a third hello', () => server.frames('hello').length === 3);
    const [first, second, third] = server.frames('hello').map((hello) => hello.process_id);
    expect(first).toEqual(expect.any(String));
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test('HLOG3 what was missed comes after a reconnect, and nothing twice', async () => {
    const { server, agent } = await connectedAgent();
    server.tell('one');
    await settled(agent.files, ['one']);
    await reconnected(server);
    server.connection.send({ type: 'host.log', lines: server.hostLog?.lines ?? [] });
    server.drop();
    server.tell('two');
    server.tell('three');
    await settled(agent.files, ['one', 'two', 'three']);
    await reconnected(server);
    server.tell('four');
    await settled(agent.files, ['one', 'two', 'three', 'four']);
    expect(withoutTimes(agent.shown())).toEqual(['one', 'two', 'three', 'four']);
  });

  test('HLOG3 lines sent again on one connection, or out of order, are not written again', async () => {
    const { server, agent } = await connectedAgent();
    for (const text of ['one', 'two', 'three']) server.tell(text);
    const lines = server.hostLog?.lines ?? [];
    server.connection.send({ type: 'host.log', lines });
    server.connection.send({ type: 'host.log', lines: [...lines].reverse() });
    server.tell('four');
    await settled(agent.files, ['one', 'two', 'three', 'four']);
    expect(withoutTimes(agent.shown())).toEqual(['one', 'two', 'three', 'four']);
  });

  test('HLOG3 an agent that is stopped and started goes on, one after the other', async () => {
    const { server, agent } = await connectedAgent();
    server.tell('one');
    await settled(agent.files, ['one']);
    await agent.stop();
    server.tell('two');
    const again = await startAgent(agent.files);
    await settled(agent.files, ['one', 'two']);
    expect(withoutTimes(again.shown())).toEqual(['two']);
    expect(server.connection.hellos[0]?.host_log_seq).toBe(1);
  });

  test('HLOG4 more than the server sends again is one line that says how much', async () => {
    const { server, agent } = await connectedAgent();
    server.tell('line 1');
    await settled(agent.files, ['line 1']);
    await agent.stop();
    for (let seq = 2; seq <= 400; seq++) server.tell(`line ${seq}`);
    const again = await startAgent(agent.files);
    const last = Array.from({ length: 300 }, (_, index) => `line ${index + 101}`);
    const gap = expect.stringMatching(/ \[WARN\] 99 lines before this one are missing here/);
    await expect.poll(() => written(agent.files), { timeout: 4000 }).toEqual(['line 1', gap, ...last]);
    expect(withoutTimes(again.shown())).toEqual([gap, ...last]);
    await named(server, 400);
  });
});

describe('HLOG1 a server of before', () => {
  test('that never sends a line: no file, and jobs run', async () => {
    const server = await startServer();
    server.hostLog = null;
    const files = await enrolledFiles(server);
    await startAgent(files);
    server.offer(testJob());
    await server.until('the result', () => server.frames('job.result').length === 1);
    expect(() => readFileSync(files.hostLog)).toThrow('ENOENT');
  });
});

describe('BAD1 a frame with bad fields', () => {
  const good: HostLogLine = { seq: 2, at: '2026-11-28T14:10:00.000Z', level: 'info', text: 'bad' };
  const bad: [string, unknown][] = [
    ['no lines', []],
    ['too many', Array.from({ length: 101 }, () => good)],
    ['seq 0', [{ ...good, seq: 0 }]],
    ['a fraction', [{ ...good, seq: 1.5 }]],
    ['a number too large to count on', [{ ...good, seq: 2 ** 60 }]],
    ['a wrong time', [{ ...good, at: 'yesterday' }]],
    ['a wrong level', [{ ...good, level: 'debug' }]],
    ['a long text', [{ ...good, text: 'x'.repeat(1001) }]],
    ['one bad line among good ones', [good, { ...good, text: 3 }]],
  ];

  test('changes nothing, and the next good one is taken', async () => {
    const { server, agent } = await connectedAgent();
    server.tell('one');
    for (const [, lines] of bad) server.connection.sendText(JSON.stringify({ type: 'host.log', lines }));
    server.tell('two');
    await settled(agent.files, ['one', 'two']);
    expect(agent.lines.filter((line) => line.event === 'frame.refused')).toHaveLength(bad.length);
    expect(server.connections).toHaveLength(1);
  });

  test('so does one before the welcome', async () => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    server.onHello = (connection) => {
      connection.send({ type: 'host.log', lines: [{ ...good, seq: 1 }] });
      connection.welcome();
    };
    await startAgent(files);
    server.tell('one');
    await settled(files, ['one']);
  });

  test('a text cannot make a line of its own', async () => {
    const { server, agent } = await connectedAgent();
    server.tell('one\n2026-11-28 14:10:00 [INFO] forged\u001b[2J');
    await settled(agent.files, ['one 2026-11-28 14:10:00 [INFO] forged']);
    expect(agent.shown()).not.toContain('\u001b');
  });
});

describe('HLOG5 numbers', () => {
  test('of another host begin at 0, and lines of both are kept', async () => {
    const { server, agent } = await connectedAgent();
    for (const text of ['one', 'two', 'three']) server.tell(text);
    await settled(agent.files, ['one', 'two', 'three']);
    const other = await startServer();
    other.tell('of the other');
    expect((await enroll({ server: other.url, token: 'token', name: null }, agent.files)).ok).toBe(true);
    await settled(agent.files, ['one', 'two', 'three', 'of the other']);
    expect(other.connection.hellos[0]?.host_log_seq).toBe(0);
    await agent.stop();
    await startAgent(agent.files);
    await other.until('a second connection', () => other.connections.length === 2);
    await other.until('hello', () => other.connection.hellos.length === 1);
    expect(other.connection.hellos[0]?.host_log_seq).toBe(1);
  });

  test('of a log that has begun anew are taken from where they begin', async () => {
    const { server, agent } = await connectedAgent();
    for (let seq = 1; seq <= 20; seq++) server.tell(`old ${seq}`);
    const old = Array.from({ length: 20 }, (_, index) => `old ${index + 1}`);
    await settled(agent.files, old);
    await named(server, 20);
    const [first] = server.hostLog?.lines ?? [];
    server.hostLog = new FakeHostLog('2026-11-28T15:00:00.000Z');
    server.tell('new 1');
    server.tell('new 2');
    await settled(agent.files, [...old, 'new 1', 'new 2']);
    await named(server, 2);
    await reconnected(server);
    expect(server.connection.hellos[0]?.host_log_seq).toBe(2);
    // Sent again by mistake, it is neither of the new numbers nor the beginning of another log.
    if (first !== undefined) server.connection.send({ type: 'host.log', lines: [first] });
    server.tell('new 3');
    await settled(agent.files, [...old, 'new 1', 'new 2', 'new 3']);
    expect(agent.lines.filter((line) => line.event === 'host_log.began_anew')).toHaveLength(1);
  });

  test('of a log that has begun anew are known after a restart too', async () => {
    const { server, agent } = await connectedAgent();
    for (const text of ['old 1', 'old 2', 'old 3']) server.tell(text);
    await settled(agent.files, ['old 1', 'old 2', 'old 3']);
    await agent.stop();
    const [kept] = server.hostLog?.lines ?? [];
    server.hostLog = new FakeHostLog('2026-11-28T15:00:00.000Z');
    // A backup has what was written before it was made, and the agent has that already.
    if (kept !== undefined) server.hostLog.lines.push(kept);
    server.tell('new 2');
    await startAgent(agent.files);
    await settled(agent.files, ['old 1', 'old 2', 'old 3', 'new 2']);
    server.tell('new 3');
    await settled(agent.files, ['old 1', 'old 2', 'old 3', 'new 2', 'new 3']);
  });
});

describe('HLOG6 a file that cannot be written', () => {
  const blocked = async (): Promise<{ server: FakeServer; agent: RunningAgent }> => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    mkdirSync(files.hostLog);
    const agent = await startAgent(files);
    await server.until('hello', () => server.connections.at(-1)?.hellos.length === 1);
    return { server, agent };
  };

  test('disturbs no job, is said once, and the console goes on', async () => {
    const { server, agent } = await blocked();
    for (let count = 1; count <= 3; count++) {
      server.tell(`line ${count}`);
      server.offer(testJob());
      await server.until('its result', () => server.frames('job.result').length === count);
    }
    await agent.logged('host_log.not_written');
    expect(server.frames('job.result').map((frame) => frame.outcome)).toEqual(['completed', 'completed', 'completed']);
    expect(withoutTimes(agent.shown())).toEqual(['line 1', 'line 2', 'line 3']);
    await helloAgain(server);
    expect(agent.lines.filter((line) => line.level !== 'info').map((line) => line.event)).toEqual([
      'host_log.not_written',
    ]);
    expect(server.connection.hellos.at(-1)?.host_log_seq).toBe(0);
  });

  test('gets all lines when it can be, with the next one or after a reconnect', async () => {
    const { server, agent } = await blocked();
    server.tell('one');
    await agent.logged('host_log.not_written');
    rmSync(agent.files.hostLog, { recursive: true });
    server.tell('two');
    await settled(agent.files, ['one', 'two']);
    await named(server, 2);

    rmSync(agent.files.hostLog);
    mkdirSync(agent.files.hostLog);
    server.tell('three');
    await expect.poll(() => agent.lines.filter((line) => line.event === 'host_log.not_written').length).toBe(2);
    rmSync(agent.files.hostLog, { recursive: true });
    await reconnected(server);
    await settled(agent.files, ['three']);
    expect(withoutTimes(agent.shown())).toEqual(['one', 'two', 'three']);
  });

  test('an agent that ends meanwhile is sent them again', async () => {
    const { server, agent } = await blocked();
    server.tell('one');
    await agent.logged('host_log.not_written');
    await agent.stop();
    rmSync(agent.files.hostLog, { recursive: true });
    await startAgent(agent.files);
    await settled(agent.files, ['one']);
  });

  test('its state that cannot be read is said, and the agent works', async () => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    writeFileSync(files.hostLogState, 'what?');
    const agent = await startAgent(files);
    await agent.logged('host_log.state_unread');
    await server.until('hello', () => server.connections.at(-1)?.hellos.length === 1);
    server.tell('one');
    await settled(files, ['one']);
    await expect.poll(() => noted(files)).toBe(1);
  });
});

describe('HLOG6 what is kept in memory', () => {
  const hostId = newId('host', testIds);
  const line = (seq: number): HostLogLine => ({
    seq,
    at: '2026-11-28T14:10:00.000Z',
    level: 'info',
    text: `line ${seq}`,
  });

  /** A disk that takes what it is given when it is told to. */
  const slowDisk = () => {
    const batches: (readonly HostLogEntry[])[] = [];
    let place: HostLogPlace = { hostId: null, seq: 0, latestMs: 0 };
    let fails = false;
    let go = (): void => undefined;
    const append = async (entries: readonly HostLogEntry[]): Promise<void> => {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      if (fails) throw new Error('ENOSPC');
      batches.push(entries);
      for (const entry of entries) place = stepTo(entry, place);
    };
    return {
      batches,
      file: {
        append,
        get place() {
          return place;
        },
      },
      go: async (failing = false): Promise<void> => {
        fails = failing;
        go();
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
  };
  const connect = (hostLog: HostLog, id: HostId = hostId): number => {
    hostLog.disconnected();
    const seq = hostLog.seqFor(id);
    hostLog.connected(id);
    return seq;
  };
  const seqs = (batches: readonly (readonly HostLogEntry[])[]): number[][] =>
    batches.map((batch) => batch.map((entry) => entry.line.seq));

  test('lines that come while the disk is busy are written together, each once', async () => {
    const disk = slowDisk();
    const hostLog = new HostLog({ file: disk.file, show: () => undefined, log: () => undefined });
    connect(hostLog);
    for (let seq = 1; seq <= 4; seq++) hostLog.message([line(seq)]);
    // The server sends again what is not on disk yet, also when it gets there between the hello and the welcome.
    hostLog.disconnected();
    expect(hostLog.seqFor(hostId)).toBe(0);
    await disk.go();
    hostLog.connected(hostId);
    hostLog.message([line(1), line(2), line(3), line(4), line(5)]);
    await disk.go();
    await disk.go();
    await disk.go();
    expect(seqs(disk.batches)).toEqual([[1], [2, 3, 4], [5]]);
    await hostLog.close();
  });

  test('is bounded while the disk takes nothing', async () => {
    const disk = slowDisk();
    const hostLog = new HostLog({ file: disk.file, show: () => undefined, log: () => undefined });
    connect(hostLog);
    for (let seq = 1; seq <= 2400; seq += 100) {
      hostLog.message(Array.from({ length: 100 }, (_, index) => line(seq + index)));
      await disk.go(true);
    }
    hostLog.message([line(2401)]);
    await disk.go();
    expect(seqs(disk.batches)).toEqual([Array.from({ length: 2000 }, (_, index) => 402 + index)]);
  });

  test('has room for the list of two hundred schedules that comes at once with a start', async () => {
    const disk = slowDisk();
    const hostLog = new HostLog({ file: disk.file, show: () => undefined, log: () => undefined });
    connect(hostLog);
    const all = Array.from({ length: 1209 }, (_, index) => index + 1);
    for (let from = 0; from < all.length; from += 100) hostLog.message(all.slice(from, from + 100).map(line));
    await disk.go();
    await disk.go();
    expect(seqs(disk.batches).flat()).toEqual(all);
  });

  test('a disk that never answers does not keep the agent from ending', async () => {
    const disk = slowDisk();
    const hostLog = new HostLog({ file: disk.file, show: () => undefined, log: () => undefined });
    connect(hostLog);
    hostLog.message([line(1)]);
    const asked = Date.now();
    await hostLog.close();
    expect(Date.now() - asked).toBeLessThan(2000);
  });
});

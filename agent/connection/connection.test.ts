import { describe, expect, test } from 'vitest';
import { newId } from '#protocol/ids.ts';
import { MAX_AGENT_FRAME_BYTES } from '#protocol/limits.ts';
import { connectedAgent, enrolledFiles, startAgent, startServer } from '../test/test-agent.ts';
import { testIds, testJob } from '../test/test-ids.ts';

describe('connecting', () => {
  test('CON1 CON4 an enrolled agent is online within a second, and its first frame is hello with its full state', async () => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    const started = Date.now();
    await startAgent(files);
    await server.until('hello', () => server.connections[0]?.hellos.length === 1);
    expect(Date.now() - started).toBeLessThan(1000);
    expect(server.connection.frames[0]).toMatchObject({
      type: 'hello',
      protocol: { min: 1, max: 1 },
      devices: [],
      capabilities: { actions: ['command'] },
      jobs: [],
    });
    expect([...server.hosts.keys()]).toEqual([server.connection.hostId]);
  });

  test('CON1 each connection brings a proof of its own', async () => {
    const { server } = await connectedAgent();
    server.drop();
    // The fake server refuses a proof that it has seen before.
    await server.until('a second connection', () => server.connections.length === 2);
  });

  test.each([-3_600_000, 86_400_000])(
    'CON2 a clock that is %i ms off connects by the time of the server',
    async (off) => {
      const server = await startServer();
      const files = await enrolledFiles(server);
      server.clockAheadMs = off;
      await startAgent(files);
      await server.until('hello', () => server.connections[0]?.hellos.length === 1);
      expect(server.connectAttempts).toHaveLength(2);
      server.drop();
      await server.until('a second connection', () => server.connections.length === 2);
      expect(server.connectAttempts).toHaveLength(3);
    },
  );

  test('CON3 a revoked agent stops', async () => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    server.refusal = { status: 403, body: { type: 'agent.revoked', detail: 'revoked' } };
    const agent = await startAgent(files);
    expect(await agent.ended).toMatch(/revoked/);
    expect(server.connectAttempts).toHaveLength(1);
  });

  test('CON3 a refused agent tries again and connects when it is let in', async () => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    server.refusal = { status: 401, body: 'what?' };
    await startAgent(files);
    await server.until('a few tries', () => server.connectAttempts.length > 2);
    server.refusal = null;
    await server.until('hello', () => server.connections.at(-1)?.hellos.length === 1);
  });

  test('CON5 4010 stops the agent, 4011 leaves it waiting', async () => {
    const first = await connectedAgent();
    first.server.connection.close(4010, 'revoked');
    expect(await first.agent.ended).toMatch(/revoked/);

    const second = await connectedAgent();
    second.server.connection.close(4011, 'versions 7 to 9');
    await second.agent.logged('connection.lost');
    expect(await second.agent.stop()).toBe('stopped');
    expect(second.server.connectAttempts).toHaveLength(1);
    expect(second.agent.lines.some((line) => String(line.fields.error).includes('versions 7 to 9'))).toBe(true);
  });

  test('CON5 a version that was not offered is no welcome', async () => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    server.onHello = (connection) => connection.welcome(2);
    const agent = await startAgent(files);
    await server.until('hello', () => server.connections[0]?.hellos.length === 1);
    server.offer(testJob());
    server.connection.sendText('{"type":"state.request"}');
    server.connection.welcome();
    await agent.logged('connection.open');
    expect(agent.lines.filter((line) => line.event === 'frame.refused').map((line) => line.fields.error)).toEqual([
      'protocol: 2 was not offered',
      'job.offer before welcome',
      'state.request before welcome',
    ]);
  });

  test('CON7 an agent without a server tries on, and is there when the server is', async () => {
    const { server, agent } = await connectedAgent();
    server.refusal = { status: 503, body: {} };
    server.drop();
    await server.until('a few tries', () => server.connectAttempts.length > 4);
    server.refusal = null;
    await server.until('hello', () => server.connections.length === 2 && server.connection.hellos.length === 1);
    const lost = agent.lines.filter((line) => line.event === 'connection.lost');
    expect(lost.length).toBeLessThan(server.connectAttempts.length);
  });

  test('CON8 state.request is answered with hello', async () => {
    const { server } = await connectedAgent();
    server.connection.send({ type: 'state.request' });
    await server.until('a second hello', () => server.connection.hellos.length === 2);
    expect(server.connection.hellos[1]).toEqual(server.connection.hellos[0]);
  });

  test('a stopped agent says good-bye with 1000', async () => {
    const { server, agent } = await connectedAgent();
    const asked = Date.now();
    expect(await agent.stop()).toBe('stopped');
    await server.until('closed', () => server.connection.closed !== null);
    expect(server.connection.closed?.code).toBe(1000);
    expect(Date.now() - asked).toBeLessThan(1000);
  });

  test('a welcome for another host is not taken', async () => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    server.onHello = (connection) =>
      connection.send({
        type: 'welcome',
        protocol: 1,
        host_id: newId('host', testIds),
        server_time: new Date().toISOString(),
        heartbeat_seconds: 20,
      });
    const agent = await startAgent(files);
    server.offer(testJob());
    await server.until('hello', () => server.connections[0]?.hellos.length === 1);
    server.connection.send({ type: 'state.request' });
    await server.until('the next hello', () => server.connection.hellos.length === 2);
    expect(agent.lines.some((line) => String(line.fields.error).includes('another host'))).toBe(true);
    expect(server.frames('job.accepted')).toEqual([]);
  });
});

describe('heartbeat', () => {
  test('HB1 HB2 pings at the interval of the welcome, and leaves a connection that has gone silent', async () => {
    const server = await startServer();
    const files = await enrolledFiles(server);
    server.heartbeatSeconds = 1;
    server.answersPings = false;
    await startAgent(files);
    await server.until('two pings and a new connection', () => server.connections.length === 2, 4000);
    expect(server.connections[0]?.pings).toBe(2);
    expect(server.connections[0]?.closed?.code).toBe(1006);
  });
});

describe('bad input', () => {
  const target = newId('tgt', testIds);
  const hostile: [string, string][] = [
    ['not JSON', 'hello'],
    ['empty', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['no type', '{}'],
    ['an unknown type', '{"type":"job.explode"}'],
    ['a prototype', '{"type":"__proto__"}'],
    ['a wrong field', `{"type":"log.ack","target_id":"${target}","offset":-1}`],
    ['a fraction', `{"type":"log.ack","target_id":"${target}","offset":0.5}`],
    ['a wrong id', '{"type":"result.ack","target_id":"../../etc/passwd","attempt":1}'],
    ['a job without an action', JSON.stringify({ type: 'job.offer', job: { ...testJob(), action: undefined } })],
    [
      'a job of an unknown kind',
      JSON.stringify({ type: 'job.offer', job: { ...testJob(), action: { kind: 'format' } } }),
    ],
    ['a limit beyond all bounds', JSON.stringify({ type: 'job.offer', job: testJob({ timeout_seconds: 1e9 }) })],
    [
      'a frame that is too large',
      JSON.stringify({ type: 'job.offer', job: testJob({ command: 'x'.repeat(MAX_AGENT_FRAME_BYTES) }) }),
    ],
  ];

  test('BAD1 a bad frame is logged and ignored, and the connection goes on', async () => {
    const { server, agent } = await connectedAgent();
    for (const [, text] of hostile) server.connection.sendText(text);
    server.connection.sendBytes(Buffer.from([0xff, 0x00, 0xfe]));
    server.connection.send({ type: 'state.request' });
    await server.until('a second hello', () => server.connection.hellos.length === 2);
    const refused = agent.lines.filter((line) => line.event === 'frame.refused');
    expect(refused).toHaveLength(hostile.length + 1);
    expect(refused.every((line) => line.fields.error !== '')).toBe(true);
    expect(server.connection.hellos[1]?.jobs).toEqual([]);
    expect(server.connections).toHaveLength(1);
  });

  test('BAD1 a frame beyond what the agent will hold in memory closes the connection, and the agent comes back', async () => {
    const { server } = await connectedAgent();
    server.connection.sendText('x'.repeat(2 * 1024 * 1024));
    await server.until('a second connection', () => server.connections.length === 2);
    expect(server.connections[0]?.closed?.code).toBe(1009);
  });

  test('BAD2 an unknown field is ignored', async () => {
    const { server } = await connectedAgent();
    server.connection.sendText('{"type":"state.request","because":"of tests"}');
    await server.until('a second hello', () => server.connection.hellos.length === 2);
  });

  test('BAD3 acknowledgements of unknown jobs change nothing', async () => {
    const { server, agent } = await connectedAgent();
    server.connection.send({ type: 'log.ack', target_id: target, offset: 1_000_000 });
    server.connection.send({ type: 'result.ack', target_id: target, attempt: 3 });
    server.connection.send({ type: 'state.request' });
    await server.until('a second hello', () => server.connection.hellos.length === 2);
    expect(agent.lines.filter((line) => line.level !== 'info')).toEqual([]);
  });
});

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { HealthCheck } from '#protocol/health-check.ts';
import type { Policy } from '../../policy/policy.ts';
import { commandAction, isAlive, makeFolder, makeRun, softwareAction } from '../test/make-run.ts';
import { afterHealthCheck } from './health-check.ts';

const waits: number[] = [];
afterEach(() => {
  waits.length = 0;
});

const checked = async (check: object, options: { command?: string; policy?: Partial<Policy>; seconds?: number } = {}) =>
  makeRun(commandAction(options.command ?? 'echo deployed'), {
    policy: options.policy ?? {},
    job: { health_check: HealthCheck.parse(check), timeout_seconds: options.seconds ?? 60 },
    machine: {
      sleep: async (ms) => {
        waits.push(ms);
      },
    },
  });

const portOf = async (server: Server | ReturnType<typeof createTcpServer>): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return z.object({ port: z.number() }).parse(server.address()).port;
};

const httpServer = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await portOf(createServer(listener))}/health`;

describe('HC1 a command', () => {
  it('that exits with 0 makes the job completed, and says after how many tries', async () => {
    const made = await checked({ type: 'command', command: 'true' });
    expect(await made.run()).toMatchObject({
      outcome: 'completed',
      reason: 'ok',
      exit_code: 0,
      message: 'exited with code 0; healthy after 1 try',
    });
    expect(made.statuses.map(({ status }) => status)).toEqual(['running', 'verifying']);
  });

  it('is tried again with the pauses given until it holds', async () => {
    const count = join(makeFolder(), 'count');
    const made = await checked({
      type: 'command',
      command: `echo x >> ${count}; [ $(wc -l < ${count}) -ge 3 ]`,
      retries: 5,
      interval_seconds: 7,
    });
    expect(await made.run()).toMatchObject({ outcome: 'completed', message: expect.stringContaining('after 3 tries') });
    expect(waits).toEqual([7000, 7000]);
  });

  it('that never exits with 0 makes the job unhealthy after the tries given, with the last reason', async () => {
    const count = join(makeFolder(), 'count');
    const made = await checked({ type: 'command', command: `echo x >> ${count}; exit 3`, retries: 2 });
    expect(await made.run()).toMatchObject({
      outcome: 'failed',
      reason: 'unhealthy',
      message: 'not healthy after 3 tries: the command exited with code 3',
      details: expect.stringContaining('exited with code 0'),
    });
    expect(readFileSync(count, 'utf8')).toBe('x\nx\nx\n');
  });

  it('writes into the log as the agent’s own lines, never as the job’s output', async () => {
    const made = await checked({ type: 'command', command: 'echo one; echo two >&2; exit 1', retries: 0 });
    await made.run();
    expect(made.text('stdout')).toBe('deployed\n');
    expect(made.text('stderr')).toBe('');
    expect(made.text('system')).toContain('health check: one\n');
    expect(made.text('system')).toContain('health check: two\n');
  });

  it('that writes without end leaves only its last lines', async () => {
    const made = await checked({ type: 'command', command: 'yes x | head -c 3000000; exit 1', retries: 0 });
    await made.run();
    expect(made.text('system').length).toBeLessThan(100_000);
  });

  it('that takes too long is ended with all that it started, and counts as a try', async () => {
    const pid = join(makeFolder(), 'pid');
    const made = await checked({
      type: 'command',
      command: `setsid sleep 300 & echo $! > ${pid}; sleep 300`,
      timeout_seconds: 1,
      retries: 0,
    });
    expect(await made.run()).toMatchObject({ reason: 'unhealthy', message: expect.stringContaining('more than 1 s') });
    expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
  });

  it('that takes too long does not take down the service that the job has started', async () => {
    const pid = join(makeFolder(), 'pid');
    const made = await checked(
      { type: 'command', command: 'sleep 300', timeout_seconds: 1, retries: 0 },
      { command: `setsid sleep 300 >/dev/null 2>&1 & echo $! > ${pid}` },
    );
    expect(await made.run()).toMatchObject({ reason: 'unhealthy' });
    const service = Number(readFileSync(pid, 'utf8'));
    expect(isAlive(service)).toBe(true);
    process.kill(service, 'SIGKILL');
  });
});

describe('HC1 HTTP', () => {
  it.each([
    [200, {}],
    [204, { expect_status: 204 }],
    [302, { expect_status: 302 }],
  ])('status %i is healthy where it is expected', async (status, more) => {
    const url = await httpServer((_, response) => response.writeHead(status, { location: '/elsewhere' }).end());
    const made = await checked({ type: 'http', url, ...more });
    expect(await made.run()).toMatchObject({ outcome: 'completed' });
  });

  it('another status is not, and the message names both', async () => {
    const url = await httpServer((_, response) => response.writeHead(503).end('down'));
    const made = await checked({ type: 'http', url, retries: 1 });
    expect(await made.run()).toMatchObject({
      reason: 'unhealthy',
      message: 'not healthy after 2 tries: the answer was 503 instead of 200',
    });
  });

  it('a redirect is not followed', async () => {
    const seen: (string | undefined)[] = [];
    const url = await httpServer((request, response) => {
      seen.push(request.url);
      response.writeHead(302, { location: '/login' }).end();
    });
    const made = await checked({ type: 'http', url, retries: 0 });
    expect(await made.run()).toMatchObject({ message: expect.stringContaining('302 instead of 200') });
    expect(seen).toEqual(['/health']);
  });

  it('of a body without end nothing is waited for', async () => {
    const url = await httpServer((_, response) => void response.writeHead(200).write('x'.repeat(100_000)));
    const made = await checked({ type: 'http', url });
    expect(await made.run()).toMatchObject({ outcome: 'completed' });
  });

  it('no answer within the limit is told', async () => {
    const url = await httpServer(() => {});
    const made = await checked({ type: 'http', url, timeout_seconds: 1, retries: 0 });
    expect(await made.run()).toMatchObject({ reason: 'unhealthy', message: expect.stringContaining('more than 1 s') });
  });

  it('nobody there is told with the system’s reason', async () => {
    const made = await checked({ type: 'http', url: 'http://127.0.0.1:1/', retries: 0 });
    const { message } = await made.run();
    expect(message).toContain('no answer');
  });
});

describe('HC1 TCP', () => {
  it('a port that takes connections is healthy', async () => {
    const port = await portOf(createTcpServer((socket) => void socket.on('error', () => {})));
    const made = await checked({ type: 'tcp', port });
    expect(await made.run()).toMatchObject({ outcome: 'completed' });
  });

  it('a port that nobody listens on is not, until somebody does', async () => {
    const server = createTcpServer((socket) => void socket.on('error', () => {}));
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const made = await makeRun(commandAction('true'), {
      job: { health_check: HealthCheck.parse({ type: 'tcp', port, retries: 1 }) },
      machine: {
        sleep: async () => {
          server.listen(port, '127.0.0.1');
          await once(server, 'listening');
        },
      },
    });
    expect(await made.run()).toMatchObject({ outcome: 'completed', message: expect.stringContaining('after 2 tries') });
    expect(made.text('system')).toContain('ECONNREFUSED');
  });
});

describe('HC2 a health check', () => {
  it('is not made after an action that failed', async () => {
    const mark = join(makeFolder(), 'mark');
    const made = await checked({ type: 'command', command: `touch ${mark}` }, { command: 'exit 4' });
    expect(await made.run()).toMatchObject({ reason: 'exit_code', exit_code: 4 });
    expect(existsSync(mark)).toBe(false);
  });

  it('JOB8 is ended at once by a cancel, in a try and between tries', async () => {
    for (const check of [
      { type: 'command', command: 'sleep 300' },
      { type: 'command', command: 'false', interval_seconds: 3600 },
    ]) {
      const made = await makeRun(commandAction('true'), { job: { health_check: HealthCheck.parse(check) } });
      const result = made.run();
      await expect.poll(() => made.statuses.at(-1)?.status, { interval: 5 }).toBe('verifying');
      made.controller.abort('canceled');
      expect(await result).toMatchObject({ outcome: 'canceled', reason: 'canceled' });
    }
  });

  it('JOB9 keeps to the job’s time limit', async () => {
    const made = await makeRun(commandAction('true'), {
      job: { health_check: HealthCheck.parse({ type: 'command', command: 'sleep 300', timeout_seconds: 600 }) },
    });
    const result = made.run();
    await expect.poll(() => made.statuses.at(-1)?.status, { interval: 5 }).toBe('verifying');
    made.controller.abort('timed_out');
    expect(await result).toMatchObject({ outcome: 'failed', reason: 'timed_out' });
  });

  it('JOB12 is a command to the policy, and judged before anything is done', async () => {
    const mark = join(makeFolder(), 'mark');
    const check = { type: 'command', command: 'curl localhost' };
    for (const policy of [{ deny_commands: ['curl *'] }, { allow_commands: ['touch *'] }]) {
      const made = await checked(check, { command: `touch ${mark}`, policy });
      expect(await made.run()).toMatchObject({
        reason: 'policy_refused',
        message: expect.stringContaining('(health check)'),
      });
    }
    expect(existsSync(mark)).toBe(false);
    const noCommands = await makeRun(softwareAction({}), {
      policy: { actions: ['software'] },
      job: { health_check: HealthCheck.parse(check) },
    });
    expect(await noCommands.run()).toMatchObject({
      reason: 'policy_refused',
      message: expect.stringContaining('the health check is one'),
    });
  });

  it('JOB12 over the network is no command', async () => {
    const url = await httpServer((_, response) => response.end());
    const made = await checked({ type: 'http', url }, { policy: { allow_commands: ['echo deployed'] } });
    expect(await made.run()).toMatchObject({ outcome: 'completed' });
  });

  it('keeps why an action completed', async () => {
    const made = await makeRun(commandAction('true'));
    const run = {
      ...made.context,
      machine: made.machine,
      user: null,
      env: { PATH: '/usr/bin:/bin' },
      mask: null,
      timeoutSeconds: 5,
    };
    for (const reason of ['already_installed', 'reboot_required'] as const) {
      const before = { outcome: 'completed' as const, reason, exit_code: 0, message: 'here', details: 'd' };
      expect(await afterHealthCheck(run, HealthCheck.parse({ type: 'command', command: 'true' }), before)).toEqual({
        ...before,
        message: 'here; healthy after 1 try',
      });
    }
  });
});

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { LEAN_NODE } from '#protocol/agent/lean-node.ts';
import type { Kept } from './keep-running.ts';
import { startLocalAgent } from './local-agent.ts';
import { createLog } from './log.ts';

/** Writes down how it was called; enrolling fails as often as the file `refuse` says. */
const FAKE_AGENT = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
const args = process.argv.slice(2);
const dir = args[args.indexOf('--state-dir') + 1];
const base = dirname(dir);
appendFileSync(join(base, 'calls'), [...args, ...process.execArgv].join(' ') + '\\n');
if (args[0] === 'enroll') {
  const refuse = join(base, 'refuse');
  const left = existsSync(refuse) ? Number(readFileSync(refuse, 'utf8')) : 0;
  writeFileSync(refuse, String(left - 1));
  if (left > 0) { console.error('refused'); process.exit(1); }
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'agent.json'), JSON.stringify({ server: args[2], host_id: 'host_1', devices: [] }));
} else setInterval(() => {}, 1000);
`;

const running: Kept[] = [];
afterEach(async () => {
  for (const agent of running.splice(0)) await agent.stop();
});

function machine() {
  const base = mkdtempSync(join(tmpdir(), 'deployx-agent-'));
  const bundle = join(base, 'agent.mjs');
  writeFileSync(bundle, FAKE_AGENT);
  const [stateDir, calls] = [join(base, 'agent'), join(base, 'calls')];
  const createEnrollmentToken = vi.fn(async () => ({ token: 'secret' }));
  const start = (server: string): void => {
    running.push(
      startLocalAgent({ bundle, stateDir, server, log: createLog('agent', () => {}), createEnrollmentToken }),
    );
  };
  const commands = (): string[] =>
    existsSync(calls)
      ? readFileSync(calls, 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[0] ?? '')
      : [];
  const stopAll = () => Promise.all(running.splice(0).map((agent) => agent.stop()));
  const refuse = (times: number): void => writeFileSync(join(base, 'refuse'), `${times}`);
  const file = () => JSON.parse(readFileSync(join(stateDir, 'agent.json'), 'utf8'));
  const lastCall = (): string => readFileSync(calls, 'utf8').trim().split('\n').at(-1) ?? '';
  return { start, commands, lastCall, stopAll, refuse, file, createEnrollmentToken };
}

const SOON = { timeout: 10_000 };

test('the agent is enrolled once and then only run, at the address of this start', async () => {
  const { start, commands, stopAll, file, createEnrollmentToken } = machine();
  start('http://127.0.0.1:1');
  await vi.waitFor(() => expect(commands()).toEqual(['enroll', 'run']), SOON);
  await stopAll();
  start('http://127.0.0.1:2');
  await vi.waitFor(() => expect(commands()).toEqual(['enroll', 'run', 'run']), SOON);
  expect(createEnrollmentToken).toHaveBeenCalledOnce();
  expect(file()).toEqual({ server: 'http://127.0.0.1:2', host_id: 'host_1', devices: [] });
});

test('the agent runs in little memory', async () => {
  const { start, commands, lastCall } = machine();
  start('http://127.0.0.1:1');
  await vi.waitFor(() => expect(commands()).toEqual(['enroll', 'run']), SOON);
  expect(lastCall()).toContain(LEAN_NODE.join(' '));
});

test('enrolling that fails is tried again with a new token', async () => {
  const { start, commands, refuse, createEnrollmentToken } = machine();
  refuse(1);
  start('http://127.0.0.1:1');
  await vi.waitFor(() => expect(commands()).toEqual(['enroll', 'enroll', 'run']), SOON);
  expect(createEnrollmentToken).toHaveBeenCalledTimes(2);
});

test('stopping while enrolling fails again and again ends it', async () => {
  const { start, commands, refuse, stopAll } = machine();
  refuse(1000);
  start('http://127.0.0.1:1');
  await vi.waitFor(() => expect(commands().length).toBeGreaterThan(1), SOON);
  await stopAll();
  expect(commands()).not.toContain('run');
});

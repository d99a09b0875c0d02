import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadHostKey } from '../credentials/host-key.ts';
import { readAgentFile } from '../state/agent-file.ts';
import { type StateFiles, stateFiles } from '../state/state-directory.ts';
import { FakeServer } from '../test/fake-server.ts';
import { startServer, temporaryDirectory } from '../test/test-agent.ts';
import { enroll } from './enroll.ts';

const fresh = (): StateFiles => stateFiles(temporaryDirectory());
const join = (server: FakeServer, files: StateFiles, token = 'token') =>
  enroll({ server: server.url, token, name: 'lab 7' }, files);

test('ENR1 the private key is made here, readable by its owner alone, and stays here', async () => {
  const server = await startServer();
  const files = fresh();
  await join(server, files);
  const key = await loadHostKey(files.hostKey);
  expect(key?.publicKey).toBe(server.enrollments[0]?.public_key);
  expect(statSync(files.hostKey).mode & 0o777).toBe(0o600);
  const secret = readFileSync(files.hostKey, 'utf8').split('\n')[1] ?? '';
  expect(JSON.stringify(server.enrollments)).not.toContain(secret);
});

test("ENR2 the host's id is kept in agent.json, readable by its owner alone", async () => {
  const server = await startServer();
  const files = fresh();
  const enrolled = await join(server, files);
  expect(enrolled).toMatchObject({ ok: true, response: { name: 'lab 7' } });
  expect(await readAgentFile(files.agentFile)).toMatchObject({
    ok: true,
    file: { server: server.url, host_id: [...server.hosts.keys()][0], devices: [] },
  });
  expect(statSync(files.agentFile).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(files.agentFile, 'utf8'))).toMatchObject({ devices: [], policy: {} });
});

test('ENR3 a refused token names the option, and leaves nothing but the key', async () => {
  const server = await startServer();
  const files = fresh();
  const refused = await join(server, files, 'used-up');
  expect(refused).toMatchObject({ ok: false, error: expect.stringMatching(/^--token: /) });
  expect(await readAgentFile(files.agentFile)).toMatchObject({ ok: false, missing: true });
  expect(await loadHostKey(files.hostKey)).not.toBeNull();
});

test('ENR4 enrolling again is the same host, and keeps what a person wrote', async () => {
  const server = await startServer();
  const files = fresh();
  await join(server, files);
  const own = { devices: [{ key: 'phone-1', name: 'Phone', kind: 'android' }], policy: { max_parallel: 2 } };
  const content = JSON.parse(readFileSync(files.agentFile, 'utf8'));
  writeFileSync(files.agentFile, JSON.stringify({ ...content, ...own }));
  await join(server, files);
  expect(server.hosts.size).toBe(1);
  expect(JSON.parse(readFileSync(files.agentFile, 'utf8'))).toMatchObject(own);
});

test('ENR4 an agent in another folder of the same machine is another host', async () => {
  const server = await startServer();
  await join(server, fresh());
  await join(server, fresh());
  expect(server.hosts.size).toBe(2);
  expect(new Set(server.enrollments.map((enrollment) => enrollment.machine_id)).size).toBe(2);
});

test('a server that is not there, and one that is something else, are named in one line', async () => {
  const files = fresh();
  const gone = await FakeServer.start();
  const { port } = gone;
  await gone.stop();
  const absent = await enroll({ server: `http://127.0.0.1:${port}`, token: 'token', name: null }, files);
  expect(absent).toMatchObject({ ok: false, error: expect.stringMatching(/^--server: cannot reach .*ECONNREFUSED/) });
  const server = await startServer();
  server.refusal = { status: 200, body: '<html>' };
  const other = await join(server, files);
  expect(other).toMatchObject({ ok: false, error: expect.stringContaining('did not answer as a DeployX server') });
});

test('a broken agent.json is not overwritten', async () => {
  const server = await startServer();
  const files = fresh();
  writeFileSync(files.agentFile, '{"server": ');
  expect(await join(server, files)).toMatchObject({
    ok: false,
    error: expect.stringContaining('agent.json: is not JSON'),
  });
  expect(readFileSync(files.agentFile, 'utf8')).toBe('{"server": ');
  expect(server.enrollments).toEqual([]);
});

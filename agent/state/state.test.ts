import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { newId } from '#protocol/ids.ts';
import { temporaryDirectory } from '../test/test-agent.ts';
import { testIds } from '../test/test-ids.ts';
import { parseAgentFile } from './agent-file.ts';
import { acquireLock, lockHolder } from './process-lock.ts';
import { type DirectoryFacts, defaultStateDirectory } from './state-directory.ts';
import { readStatus, writeStatus } from './status-file.ts';
import { writeFileAtomically } from './write-file.ts';

describe('the default folder', () => {
  const unix = { home: '/home/ada', env: {}, privileged: false };
  test.each<[string, DirectoryFacts]>([
    ['/var/lib/deployx-agent', { ...unix, platform: 'linux', privileged: true }],
    ['/home/ada/.local/state/deployx-agent', { ...unix, platform: 'linux' }],
    ['/xdg/deployx-agent', { ...unix, platform: 'linux', env: { XDG_STATE_HOME: '/xdg' } }],
    ['/home/ada/.local/state/deployx-agent', { ...unix, platform: 'linux', env: { XDG_STATE_HOME: 'relative' } }],
    ['/Library/Application Support/DeployX Agent', { ...unix, platform: 'darwin', privileged: true }],
    ['/Users/ada/Library/Application Support/DeployX Agent', { ...unix, platform: 'darwin', home: '/Users/ada' }],
    ['D:\\Data\\DeployX Agent', { ...unix, platform: 'win32', env: { ProgramData: 'D:\\Data' } }],
    ['C:\\ProgramData\\DeployX Agent', { ...unix, platform: 'win32' }],
  ])('is %s', (expected, facts) => {
    expect(defaultStateDirectory(facts)).toBe(expected);
  });
});

describe('agent.json', () => {
  const hostId = newId('host', testIds);
  const file = (parts: Record<string, unknown>): string =>
    JSON.stringify({ server: 'https://x.example/', host_id: hostId, ...parts });
  const device = { key: 'phone-1', name: 'Phone', kind: 'android' };

  test('has a server and an id, and everything else by default', () => {
    expect(parseAgentFile(file({}))).toMatchObject({
      ok: true,
      file: { server: 'https://x.example', host_id: hostId, devices: [], policy: { max_parallel: 4 } },
    });
  });

  test.each<[string, string, RegExp]>([
    ['no JSON', '{"server": ', /^is not JSON/],
    ['a misspelled field', file({ polcy: {} }), /^polcy: is not a known field/],
    ['a wrong address', file({ server: 'ftp://x' }), /^server: must be an http/],
    ['a wrong id', file({ host_id: 'host_1' }), /^host_id: /],
    ['a device without a name', file({ devices: [{ key: 'a', kind: 'b' }] }), /^devices\.0\.name: /],
    ['a wrong key', file({ devices: [{ ...device, key: 'a b' }] }), /^devices\.0\.key: /],
    [
      'the host as a device',
      file({ devices: [{ ...device, key: 'self' }] }),
      /^devices: the key self is the host itself/,
    ],
    ['a key twice', file({ devices: [device, device] }), /^devices: two devices have the same key/],
    ['a wrong policy', file({ policy: { max_parallel: 0 } }), /^policy\.max_parallel: /],
    ['an array', '[]', /^\(message\): /],
  ])('with %s is refused, and the field is named', (_name, text, error) => {
    expect(parseAgentFile(text)).toMatchObject({ ok: false, error: expect.stringMatching(error) });
  });
});

describe('files', () => {
  test('are replaced as a whole, private, and leave nothing beside them', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'deep', 'x.json');
    await writeFileAtomically(path, 'one');
    await writeFileAtomically(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, 'deep'))).toEqual(['x.json']);
  });

  test('that cannot be put into place leave what was there', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'taken');
    await writeFileAtomically(join(path, 'inside'), '');
    await expect(writeFileAtomically(path, 'x')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(directory)).toEqual(['taken']);
  });

  test('a status that is no status is none', () => {
    const path = join(temporaryDirectory(), 'status.json');
    expect(readStatus(path)).toBeNull();
    writeFileSync(path, '{"pid":"x"}');
    expect(readStatus(path)).toBeNull();
    const status = {
      pid: 1,
      version: '1',
      connection: 'connected',
      since: new Date().toISOString(),
      last_error: null,
    } as const;
    writeStatus(path, status);
    expect(readStatus(path)).toEqual(status);
    writeStatus(join(path, 'not a folder'), status);
  });
});

describe('the lock', () => {
  const other = async (): Promise<number> => {
    const child = spawn('sleep', ['60']);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    return child.pid ?? 0;
  };

  test('keeps a second process out, and is free when released', () => {
    const path = join(temporaryDirectory(), 'lock');
    const lock = acquireLock(path);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
    if (lock.ok) lock.release();
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  test('of a process that lives is respected', async () => {
    const path = join(temporaryDirectory(), 'lock');
    const pid = await other();
    writeFileSync(path, JSON.stringify({ pid, started: null }));
    expect(lockHolder(path)).toBe(pid);
    expect(acquireLock(path)).toEqual({ ok: false, pid });
  });

  test.each([
    ['a process that is gone', async () => JSON.stringify({ pid: 2 ** 22 - 3, started: null })],
    ['another process with the same number', async () => JSON.stringify({ pid: await other(), started: '12' })],
    ['this process, in a life before', async () => JSON.stringify({ pid: process.pid, started: '12' })],
    ['nobody, because it was torn', async () => '{"pid":'],
  ])('of %s is void', async (_name, content) => {
    const path = join(temporaryDirectory(), 'lock');
    writeFileSync(path, await content());
    expect(lockHolder(path)).toBeNull();
    expect(acquireLock(path).ok).toBe(true);
  });
});

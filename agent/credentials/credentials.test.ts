import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { AgentClaims, PublicKey } from '#protocol/agent/connection.ts';
import { newId } from '#protocol/ids.ts';
import { createServerClock } from '../connection/server-clock.ts';
import { temporaryDirectory } from '../test/test-agent.ts';
import { testIds } from '../test/test-ids.ts';
import { loadHostKey, loadOrMakeHostKey } from './host-key.ts';
import { machineId, machineIdSources, mixMachineId } from './machine-id.ts';
import { makeProof } from './proof.ts';

const keyPath = (): string => join(temporaryDirectory(), 'host-key.pem');

describe('the host key', () => {
  test('ENR1 is made once, and private', async () => {
    const path = keyPath();
    expect(await loadHostKey(path)).toBeNull();
    const made = await loadOrMakeHostKey(path);
    const loaded = await loadOrMakeHostKey(path);
    expect(PublicKey.parse(made.publicKey)).toBe(loaded.publicKey);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('ENR1 that others could read is closed', async () => {
    const path = keyPath();
    await loadOrMakeHostKey(path);
    chmodSync(path, 0o644);
    await loadHostKey(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.each(['', 'not a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'])(
    'that is none (%j) is refused by name, not replaced',
    async (content) => {
      const path = keyPath();
      writeFileSync(path, content);
      await expect(loadOrMakeHostKey(path)).rejects.toThrow(`${path} is not an Ed25519 private key`);
    },
  );
});

describe('the proof', () => {
  test('CON1 is a JWT that the public key verifies, for a minute and one use', async () => {
    const key = await loadOrMakeHostKey(keyPath());
    const hostId = newId('host', testIds);
    const proofs = [makeProof(hostId, key.privateKey, Date.now()), makeProof(hostId, key.privateKey, Date.now())];
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.publicKey };
    const verified = await Promise.all(proofs.map((proof) => jwtVerify(proof, jwk, { audience: 'deployx-agent' })));
    const [first, second] = verified.map(({ payload }) => AgentClaims.parse(payload));
    expect(first?.sub).toBe(hostId);
    expect((first?.exp ?? 0) - (first?.iat ?? 0)).toBe(60);
    expect(first?.jti).not.toBe(second?.jti);
    expect(verified[0]?.protectedHeader).toEqual({ alg: 'EdDSA', typ: 'JWT' });
  });

  test("CON2 goes by the server's clock once it is known", () => {
    let now = 1_000_000;
    const clock = createServerClock(() => now);
    expect(clock.now()).toBe(1_000_000);
    clock.set(new Date(5_000_000).toISOString());
    now += 10;
    expect(clock.now()).toBe(5_000_010);
    clock.set('nonsense');
    expect(clock.now()).toBe(5_000_010);
  });
});

describe('the machine id', () => {
  const none = [
    { type: 'file', path: '/nowhere' },
    { type: 'program', file: '/nowhere', args: [], pattern: /x/ },
  ] as const;

  test('ENR4 is the same at each call, and another in another folder', async () => {
    const [first, second] = [temporaryDirectory(), temporaryDirectory()];
    expect(await machineId(first, join(first, 'id'))).toBe(await machineId(first, join(first, 'id')));
    expect(await machineId(first, join(first, 'id'))).not.toBe(await machineId(second, join(second, 'id')));
    expect(mixMachineId('a', 'b')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is made and kept where the operating system has none', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'machine-id');
    const made = await machineId(directory, path, none);
    expect(existsSync(path)).toBe(true);
    expect(await machineId(directory, path, none)).toBe(made);
  });

  test.each([
    [
      'darwin',
      '    "IOPlatformUUID" = "5A9D1A3C-0000-1111-2222-333344445555"\n',
      '5A9D1A3C-0000-1111-2222-333344445555',
    ],
    [
      'win32',
      '    MachineGuid    REG_SZ    5a9d1a3c-0000-1111-2222-333344445555\r\n',
      '5a9d1a3c-0000-1111-2222-333344445555',
    ],
  ] as const)('is read from what %s prints', (platform, printed, id) => {
    const [source] = machineIdSources(platform);
    expect(source?.type === 'program' ? source.pattern.exec(printed)?.[1] : null).toBe(id);
  });

  test('is taken from a file on Linux', () => {
    expect(machineIdSources('linux').map((source) => source.type)).toEqual(['file', 'file']);
  });
});

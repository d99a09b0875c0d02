/** An agent for tests of the objects: a real key, real proofs, a real WebSocket, and frames as the test wants them. */
import { env } from 'cloudflare:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { AGENT_TOKEN_AUDIENCE } from '#protocol/agent/connection.ts';
import { encodeToServer, parseToAgent } from '#protocol/agent/frames.ts';
import type { ToAgent } from '#protocol/agent/to-agent.ts';
import type { Hello, ToServer } from '#protocol/agent/to-server.ts';
import type { HostIdentity } from '../host/host-rpc.ts';
import { id } from './ids.ts';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

export type EnrolledHost = HostIdentity & { keys: KeyPair };

export const enrolledHost = async (overrides: Partial<HostIdentity> = {}): Promise<EnrolledHost> => {
  const keys = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x } = await exportJWK(keys.publicKey);
  if (x === undefined) throw new Error('a key has an x');
  const identity = {
    host_id: id('host'),
    team_id: id('team'),
    name: 'lab-1',
    public_key: x,
    self_device_id: id('dev'),
    ...overrides,
  };
  await env.HOST.getByName(identity.host_id).enroll(identity);
  return { ...identity, keys };
};

export const proofOf = (
  host: EnrolledHost,
  at: number = Date.now(),
  jti: string = crypto.randomUUID(),
): Promise<string> => {
  const seconds = Math.floor(at / 1000);
  return new SignJWT({ jti })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setSubject(host.host_id)
    .setAudience(AGENT_TOKEN_AUDIENCE)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 60)
    .sign(host.keys.privateKey);
};

export const requestConnection = async (host: EnrolledHost, proof?: string): Promise<Response> =>
  env.HOST.getByName(host.host_id).fetch('https://host/connect', {
    headers: { upgrade: 'websocket', authorization: `Bearer ${proof ?? (await proofOf(host))}` },
  });

export const helloFrame = (overrides: Partial<Hello> = {}): Hello => ({
  type: 'hello',
  protocol: { min: 1, max: 1 },
  agent_version: '0.1.0',
  info: { hostname: 'lab-1', os: 'linux', platform: 'Debian 12', arch: 'x64', cpus: 2, memory_bytes: 1024 },
  devices: [],
  capabilities: {
    actions: ['command', 'script', 'software', 'files'],
    shells: ['sh'],
    interpreters: ['sh'],
    package_types: ['apt'],
  },
  jobs: [],
  ...overrides,
});

type Waiter<Type extends ToAgent['type']> = (message: ToAgent) => message is Extract<ToAgent, { type: Type }>;

/** Longer than anything these tests wait for; a test that hangs says at which frame. */
const FRAME_WITHIN_MS = 5000;

export class TestAgent {
  readonly received: ToAgent[] = [];
  closed: { code: number; reason: string } | null = null;
  readonly #socket: WebSocket;
  #wake: (() => void)[] = [];
  #read = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.accept();
    socket.addEventListener('message', (event) => {
      const frame = parseToAgent(String(event.data));
      if (!frame.ok) throw new Error(`the server sent a bad frame: ${frame.error}`);
      this.received.push(frame.message);
      this.#notify();
    });
    socket.addEventListener('close', (event) => {
      this.closed = { code: event.code, reason: event.reason };
      this.#notify();
    });
  }

  static async connect(host: EnrolledHost, hello: Partial<Hello> = {}): Promise<TestAgent> {
    const response = await requestConnection(host);
    if (response.webSocket === null) throw new Error(`refused: ${response.status} ${await response.text()}`);
    const agent = new TestAgent(response.webSocket);
    agent.send(helloFrame(hello));
    await agent.next('welcome');
    return agent;
  }

  send(message: ToServer): void {
    this.#socket.send(encodeToServer(message));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  close(code = 1000): void {
    this.#socket.close(code, 'bye');
  }

  /** The next frame of a type that was not asked for before. */
  async next<Type extends ToAgent['type']>(type: Type): Promise<Extract<ToAgent, { type: Type }>> {
    const matches: Waiter<Type> = (message): message is Extract<ToAgent, { type: Type }> => message.type === type;
    for (;;) {
      for (; this.#read < this.received.length; ) {
        const message = this.received[this.#read++];
        if (message !== undefined && matches(message)) return message;
      }
      await this.#change(type);
    }
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    while (this.closed === null) await this.#change('close');
    return this.closed;
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #change(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${what} within ${FRAME_WITHIN_MS} ms`)), FRAME_WITHIN_MS);
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

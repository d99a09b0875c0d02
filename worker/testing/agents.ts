/** Hosts that joined through the API and whose agents are connected: real keys, real sockets, frames as a test wants them. */
import { exportJWK, generateKeyPair } from 'jose';
import { type EnrolledHost, TestAgent } from '#durable-objects/test/test-agent.ts';
import type { DeviceId } from '#protocol/ids.ts';
import { newHost } from './agent-body.ts';
import type { Caller, TestApi } from './test-api.ts';

export type Machine = { host: EnrolledHost; device_id: DeviceId; agent: TestAgent };

export const newMachine = async (api: TestApi, owner: Caller, name: string): Promise<Machine> => {
  const keys = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x } = await exportJWK(keys.publicKey);
  if (x === undefined) throw new Error('a key has an x');
  const { host_id, device_id } = await newHost(api, owner, { public_key: x, name });
  const host = { host_id, team_id: owner.team_id, name, public_key: x, self_device_id: device_id, keys };
  return { host, device_id, agent: await TestAgent.connect(host) };
};

/** One after the other, so that their devices come in this order. */
export const newMachines = async (api: TestApi, owner: Caller, count: number): Promise<Machine[]> => {
  const machines: Machine[] = [];
  for (let index = 0; index < count; index++) {
    machines.push(await newMachine(api, owner, `lab-${index}`));
    // Ids of one millisecond come in no order.
    api.pass(0.001);
  }
  return machines;
};

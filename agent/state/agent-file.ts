/**
 * `agent.json`: the server, the host's id, attached devices and the policy. Enrollment writes it, a person may edit the
 * devices and the policy, and a running agent picks the edit up.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { SELF_DEVICE_KEY } from '#protocol/agent/job.ts';
import { AgentDevice } from '#protocol/agent/to-server.ts';
import { HostId } from '#protocol/ids.ts';
import { firstIssue } from '#protocol/issues.ts';
import { HttpUrl } from '#protocol/text.ts';
import { errorCode, errorText } from '../log.ts';
import { Policy } from '../policy/policy.ts';
import { writeFileAtomically } from './write-file.ts';

const MAX_DEVICES = 256;

const noSelf = (devices: AgentDevice[]): boolean => devices.every((device) => device.key !== SELF_DEVICE_KEY);
const noDoubles = (devices: AgentDevice[]): boolean =>
  new Set(devices.map((device) => device.key)).size === devices.length;

export const ServerUrl = HttpUrl.transform((url) => url.replace(/\/+$/, ''));

export const AgentFile = z.strictObject({
  server: ServerUrl,
  host_id: HostId,
  devices: z
    .array(AgentDevice)
    .max(MAX_DEVICES, `at most ${MAX_DEVICES} devices`)
    .refine(noSelf, `the key ${SELF_DEVICE_KEY} is the host itself`)
    .refine(noDoubles, 'two devices have the same key')
    .default([]),
  policy: Policy.prefault({}),
});
export type AgentFile = z.infer<typeof AgentFile>;

export type AgentFileResult = { ok: true; file: AgentFile } | { ok: false; missing: boolean; error: string };

export const parseAgentFile = (text: string): AgentFileResult => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, missing: false, error: `is not JSON: ${errorText(error)}` };
  }
  const result = AgentFile.safeParse(value);
  return result.success
    ? { ok: true, file: result.data }
    : { ok: false, missing: false, error: firstIssue(result.error) };
};

export const readAgentFile = async (path: string): Promise<AgentFileResult> => {
  try {
    return parseAgentFile(await readFile(path, 'utf8'));
  } catch (error) {
    return { ok: false, missing: errorCode(error) === 'ENOENT', error: errorText(error) };
  }
};

/** Devices and policy as a person wrote them, without the defaults that parsing adds; kept when a host enrolls again. */
const OwnParts = z.object({
  devices: z.array(z.unknown()).default([]),
  policy: z.record(z.string(), z.unknown()).default({}),
});

export const writeEnrollment = async (path: string, enrolled: { server: string; host_id: HostId }): Promise<void> => {
  let own: z.infer<typeof OwnParts> = { devices: [], policy: {} };
  try {
    own = OwnParts.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  const content = { server: enrolled.server, host_id: enrolled.host_id, devices: own.devices, policy: own.policy };
  await writeFileAtomically(path, `${JSON.stringify(content, null, 2)}\n`);
};
